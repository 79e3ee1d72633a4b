"""Whoever wrote what the plan reads is an author of the version, and its unknown writers are on record as a gap."""

from __future__ import annotations

import json
import subprocess

from sqlalchemy import select
from workbench import Bench

from modelops_airflow.inventory.tables import RunRow, VersionRow
from modelops_airflow.operators.pin import PinOperator

SUITE = "dags/suites/credit.json"
LIFECYCLE = f"""\
lifecycles:
  release:
    uses: standard-release
    steps:
      own-suite: {{uses: expectations, insert: {{after: profile}}, with: {{suite: {SUITE}}}}}
"""


def git(bench: Bench, *arguments: str) -> None:
    """As git on the command line."""
    subprocess.run(["git", "-C", str(bench.root), *arguments], check=True, capture_output=True)


def commit(bench: Bench, who: str, *names: str) -> None:
    """Somebody's commit of some files."""
    git(bench, "add", *names)
    git(bench, "-c", f"user.name={who}", "-c", f"user.email={who}@bank.example", "commit", "-q", "--no-gpg-sign", "-m", who)


def pinned(bench: Bench, run: str) -> tuple[dict[str, str], set[str]]:
    """Pins a release; answers the files on record with their gaps, and the version's authors."""
    PinOperator(task_id="pin", model_id="credit-risk", lifecycle="release").execute(bench.context("credit-risk.release", run))
    with bench.register.read() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == run)).one()
        authors = {name for name, _ in session.get_one(VersionRow, row.version_id).authors}
    return {one["file"]: one["gap"] for one in row.provenance}, authors


def test_who_wrote_the_suite_or_committed_the_artifact_is_an_author(bench: Bench) -> None:
    model = bench.root / "dags" / "models" / "credit-risk.yaml"
    model.write_text(model.read_text() + LIFECYCLE)
    (bench.root / SUITE).parent.mkdir()
    (bench.root / SUITE).write_text(json.dumps({"name": "credit", "expectations": []}))
    git(bench, "init", "-q")
    commit(bench, "dana", "dags/models")
    files, authors = pinned(bench, "before")
    assert list(files) == ["dags/models/credit-risk.yaml", SUITE]
    assert "does not know" in files[SUITE]
    assert "sven@bank.example" not in authors
    commit(bench, "sven", SUITE)
    commit(bench, "anna", "examples/credit/model-3.2.0.skops", "examples/credit/current.parquet")
    files, authors = pinned(bench, "after")
    assert files == dict.fromkeys(["dags/models/credit-risk.yaml", SUITE, "examples/credit/model-3.2.0.skops", "examples/credit/current.parquet"], "")
    assert {"dana@bank.example", "sven@bank.example", "anna@bank.example"} <= authors
