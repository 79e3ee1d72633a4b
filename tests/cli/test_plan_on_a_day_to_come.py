"""modelops plan --against REV --on DATE: the revision as it is asked today, whose plan was run, against the files here on a day to come."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.steps.snapshot import sealed

Call = Callable[..., Any]
TODAY = datetime.now(UTC).date()
FROM = TODAY + timedelta(days=400)
BEFORE = FROM - timedelta(days=1)
FAILS, MEETS = ">= 0.0000001", ">= 0.24"
PACK = f"""pack: acme
version: 1
title: What Acme asks from a day on.
effective: {{from: {FROM}, basis: project default}}
controls:
  - id: ACME-1
    ref: section 4
    text: The data does not drift.
    class: risk
    steps: [drift]
    numbers: {{psi: {{fail: "LIMIT", basis: project default}}}}
"""


def write(project: Path, limit: str, change: Callable[[str], str] = str) -> None:
    (project / "dags/policies").mkdir(exist_ok=True)
    (project / "dags/policies/acme.yaml").write_text(change(PACK.replace("LIMIT", limit)), encoding="utf-8")


@pytest.fixture
def committed(project: Path, modelops: Call) -> Callable[[str], Path]:
    """A project in git whose model passed by the plan of today, with a pack that begins to apply later."""
    def make(limit: str) -> Path:
        write(project, limit)
        governance = project / "dags/governance.yaml"
        governance.write_text(yaml.safe_dump(yaml.safe_load(governance.read_text()) | {"policies": ["acme"]}))
        for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
            subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=project, check=True, capture_output=True)
        assert modelops("run", "first").code == 0
        return project
    return make


def release_of(answer: Any) -> dict[str, Any]:
    return next(one for one in json.loads(answer.out) if one["lifecycle"] == "release")


def test_what_a_pack_to_come_will_fail_is_told_before_its_day(modelops: Call, committed: Callable[[str], Path]) -> None:
    committed(FAILS)

    told = modelops("plan", "--against", "HEAD", "--on", FROM)

    assert told.code == 1 and "1 model changes from pass to fail" in told.out, told.out + told.err
    assert f"HEAD is asked as of today, {TODAY}; the files here are asked as of {FROM}" in told.out
    change = release_of(modelops("plan", "--against", "HEAD", "--on", FROM, "--json"))
    assert (change["replay"]["before"], change["replay"]["after"], change["rating"]) == ("pass", "fail", "tightening")
    assert change["asked"] == {"before": TODAY.isoformat(), "after": FROM.isoformat()}
    assert any("policy acme: pending, 0 controls -> applies, 1 controls" in line for line in change["changes"])
    assert modelops("plan", "--against", "HEAD", "--on", FROM, "--fail-on", "never").code == 0


def test_the_day_before_and_today_nothing_differs(modelops: Call, committed: Callable[[str], Path]) -> None:
    committed(FAILS)
    for more in (("--on", BEFORE), ("--on", TODAY), ()):
        told = modelops("plan", "--against", "HEAD", *more)
        assert told.code == 0 and "no plan differs from HEAD" in told.out, told.out
        assert ("as of today" in told.out) is bool(more)


def test_a_pack_that_the_evidence_meets_changes_the_plan_and_not_the_verdict(modelops: Call, committed: Callable[[str], Path]) -> None:
    committed(MEETS)

    told = modelops("plan", "--against", "HEAD", "--on", FROM, "--json")

    assert told.code == 0 and (change := release_of(told))["replay"] | {"steps": []} == {
        "before": "pass", "after": "pass", "evidence": "local run", "breaks": False, "steps": []}
    assert change["replay"]["steps"] == [] and change["asks_approvals"]
    assert modelops("plan", "--against", "HEAD", "--on", FROM, "--fail-on", "any").code == 1


@pytest.mark.parametrize("against", ["folder", "revision"])
def test_an_edit_of_the_pack_to_come_is_judged_by_the_evidence_of_today(modelops: Call, committed: Callable[[str], Path], tmp_path: Path, against: str) -> None:
    project = committed(MEETS)
    shutil.copytree(project, tmp_path / "before")
    write(project, FAILS, lambda text: text.replace("does not drift", "does not drift at all"))
    named = "HEAD" if against == "revision" else tmp_path / "before"

    told = modelops("plan", "--against", named, "--on", FROM)

    assert told.code == 1 and "1 model changes from pass to fail" in told.out, told.out + told.err
    assert release_of(modelops("plan", "--against", named, "--on", FROM, "--json"))["replay"]["after"] == "fail"
    today = modelops("plan", "--against", named)
    assert today.code == 0 and "0 models change from pass to fail" in today.out, "it is not in force yet"


def test_what_was_never_measured_needs_a_fresh_run_by_that_day(modelops: Call, committed: Callable[[str], Path]) -> None:
    project = committed(MEETS)
    write(project, MEETS, lambda text: text.replace("steps: [drift]", "steps: [drift, volumetrics]").replace(
        "numbers: {", 'numbers: {row_ratio: {fail: "< 0.01", basis: project default}, '))

    asked = ("plan", "first", "--lifecycle", "release", "--against", "HEAD", "--on", FROM)

    assert [modelops(*asked, "--fail-on", on).code for on in ("break", "fresh")] == [0, 1]
    told = release_of(modelops(*asked, "--json"))["replay"]
    assert told["after"] == "needs a fresh run" and told["steps"] == [
        {"step": "volumetrics", "before": None, "after": "needs a fresh run", "reasons": ["the plan did not have it"]}]


def test_a_pull_request_says_the_days_too(modelops: Call, committed: Callable[[str], Path]) -> None:
    committed(FAILS)
    told = modelops("plan", "--against", "HEAD", "--on", FROM, "--format", "markdown").out
    assert told.startswith(f"HEAD is asked as of today, {TODAY}; the files here are asked as of {FROM}\n\n### ") and "pass -&#62; fail" in told


@pytest.mark.parametrize(("limit", "code", "after"), [(FAILS, 1, "fail"), (MEETS, 0, "pass")])
def test_a_snapshot_says_the_same(modelops: Call, committed: Callable[[str], Path], tmp_path: Path, limit: str, code: int, after: str) -> None:
    project = committed(limit)
    file, key = tmp_path / "fleet.snapshot", generate(tmp_path / "house.pem")
    run = json.loads(next((project / ".modelops/runs").glob("*/run.json")).read_text())
    store = BlobStore(str(project / ".modelops/evidence"))
    steps = {name: {"verdict": one["verdict"], "evidence": one["evidence"]} for name, one in run["steps"].items()}
    file.write_bytes(sealed({
        "form": "modelops-snapshot/2", "made_at": "2026-11-26T00:00:00Z", "origin": "o", "past": {"work": {}, "approved": {}, "expires": {}},
        "runs": {run["plan"]: {"artifact": run["artifact"], "verdict": run["decision"]["verdict"], "steps": steps}},
        "statements": {one["evidence"]: json.loads(store.get(one["evidence"])) for one in steps.values() if one["evidence"]}}, key))
    shutil.rmtree(project / ".modelops")

    told = modelops("plan", "--against", "HEAD", "--on", FROM, "--evidence", file, "--trust", fingerprint(raw_public(key)), "--json")

    assert told.code == code and release_of(told)["replay"] | {"steps": []} == {
        "before": "pass", "after": after, "evidence": "snapshot", "breaks": code == 1, "steps": []}
    assert f"the files here are asked as of {FROM}" in told.err


def test_a_day_that_is_over_is_no_day_of_a_change(modelops: Call, committed: Callable[[str], Path]) -> None:
    committed(FAILS)
    told = modelops("plan", "--against", "HEAD", "--on", TODAY - timedelta(days=1))
    assert told.code == 2 and "is over" in told.err and "expected today or a day to come" in told.err
    assert modelops("plan", "--on", TODAY - timedelta(days=1)).code == 0


def test_a_fact_that_a_pack_will_need_is_asked_for_on_its_day(modelops: Call, committed: Callable[[str], Path]) -> None:
    project = committed(MEETS)
    write(project, MEETS, lambda text: text.replace("controls:", "applies_when: facts.eu_high_risk\ncontrols:"))
    told = [modelops("plan", "--against", "HEAD", "--on", day) for day in (BEFORE, FROM)]
    assert [one.code for one in told] == [0, 2] and "dags/models/first.yaml" in told[1].err and "PACK010" in told[1].err
