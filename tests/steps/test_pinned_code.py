"""A check of the project's own in a run: its code is pinned with the plan, and its writers are authors."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from modelops_airflow.digest import digest_bytes, digest_file
from modelops_airflow.evidence.design import design_of
from modelops_airflow.evidence.manifest import subject_of
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.plan import Plan
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.folder_journal import FolderJournal
from modelops_airflow.steps.local import attempt, plan_from_files, run_local
from modelops_airflow.steps.pack_inputs import inputs_of
from modelops_airflow.steps.provenance import provenance_of_plan
from modelops_airflow.steps.run import Run

PROJECT = Path(__file__).parents[2]
CHECK = '''
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric

@check("volume", version=1, metrics=("volume",))
def volume(profiles):
    """Rows."""
    return Measurement.of("volume", [Metric("volume", float(profiles.current.rows))])
'''
STEP = '      volume: {uses: volume, insert: {after: profile}, require: {volume: {fail: "< 10"}}}\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The example project, where pricing has a check of its own."""
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    (root / "checks").mkdir()
    (root / "checks" / "volume.py").write_text(CHECK)
    file = root / "dags" / "models" / "pricing-rules.yaml"
    lines = file.read_text()
    assert "lifecycles" not in lines
    file.write_text(lines.rstrip() + "\nlifecycles:\n  release:\n    uses: low-risk-fast-track\n    steps:\n" + STEP)
    return root


def test_without_own_checks_a_plan_has_the_bytes_it_had() -> None:
    plan, _ = plan_from_files(Project(PROJECT), "pricing-rules", "release")

    assert all("code" not in step for step in plan.to_json()["steps"])


def test_one_byte_of_the_code_is_another_plan_design_and_subject(root: Path) -> None:
    before, _ = plan_from_files(Project(root), "pricing-rules", "release")
    assert plan_from_files(Project(root), "pricing-rules", "release")[0].digest == before.digest, "the control"
    assert Plan.from_json(before.to_json()) == before

    (root / "checks" / "volume.py").write_text(CHECK + "#")
    after, _ = plan_from_files(Project(root), "pricing-rules", "release")
    assert before.step("volume").code == {"file": "checks/volume.py", "digest": own_digest(CHECK)}
    assert before.digest != after.digest and design_of(before.to_json()) != design_of(after.to_json())
    assert len({subject_of(plan.to_json(), artifact="sha256:1", manifest="sha256:2") for plan in (before, after)}) == 2, "approvals are void"


def own_digest(text: str) -> str:
    return digest_bytes(text.encode())


def test_its_measurement_is_evidence_with_the_digest_of_its_code(root: Path, tmp_path: Path) -> None:
    run = run_local(root, "pricing-rules", folder=tmp_path / "state")
    measured = read_measurement(BlobStore(str(tmp_path / "state" / "evidence")), run.evidence["volume"])

    assert run.verdict == "pass" and measured.inputs["file:checks/volume.py"] == digest_file(root / "checks" / "volume.py")


def test_code_that_changes_after_the_plan_was_pinned_is_an_error_on_record(root: Path, tmp_path: Path) -> None:
    project = Project(root)
    local = run_local(root, "pricing-rules", folder=tmp_path / "state")
    plan, roots = plan_from_files(project, "pricing-rules", "release")
    (journal,) = (tmp_path / "state" / "runs").iterdir()
    artifact = digest_file(root / str(plan.model["artifact"]))
    store = BlobStore(str(tmp_path / "state" / "evidence"))
    run = Run(plan, artifact, "rules.yaml", project, roots, store, FolderJournal(journal, plan, artifact))
    run.journal.record(plan.step("profile"), local.results["profile"])
    assert attempt(run, plan.step("volume")).status.value == "measured", "the control"

    (root / "checks" / "volume.py").write_text(CHECK.replace("profiles.current.rows", "10**6"))
    result = attempt(run, plan.step("volume"))
    assert result.status.value == "error" and "no longer has the code that the plan of this run names" in result.message
    assert result.judgement is not None and result.judgement.verdict.value == "error"
    forged = replace(plan.step("volume"), code={"file": "../volume.py", "digest": own_digest(CHECK)})
    assert "leads outside the project root" in attempt(run, forged).message


def test_who_committed_it_is_an_author(root: Path, tmp_path: Path) -> None:
    def git(mail: str, *words: str) -> None:
        environment = os.environ | {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "x"), ("EMAIL", mail))}
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, env=environment)

    git("a@b.c", "init", "-q")
    git("a@b.c", "add", "dags", "examples")
    git("a@b.c", "commit", "-qm", "models")
    git("checker@bank.example", "add", "checks")
    git("checker@bank.example", "commit", "-qm", "a check")
    plan, roots = plan_from_files(Project(root), "pricing-rules", "release")
    told = {one.file: one for one in provenance_of_plan(Project(root), root / "dags/models/pricing-rules.yaml", plan, roots, {})}

    assert told["checks/volume.py"].authors == ("checker@bank.example",) and not told["checks/volume.py"].gap


def test_a_pack_says_whether_the_code_is_still_there(root: Path, tmp_path: Path) -> None:
    project = Project(root)
    plan, roots = plan_from_files(project, "pricing-rules", "release")
    store = BlobStore(str(tmp_path / "evidence"))
    run = Run(plan, store.put(b"artifact"), "rules.yaml", project, roots, store, None)  # type: ignore[arg-type]
    measurement = {"check": "volume", "inputs": {"file:checks/volume.py": own_digest(CHECK)}, "metrics": [], "parameters": {}}
    statements = {"volume": {"body": {"predicate": {"measurement": measurement}}}}

    def state() -> str:
        return {row["name"]: row["state"] for row in inputs_of(run, statements)}["file:checks/volume.py"]

    assert state() == "readable"
    (root / "checks" / "volume.py").write_text(CHECK + "#")
    assert state() == "changed"
    (root / "checks" / "volume.py").unlink()
    assert state() == "gone"
