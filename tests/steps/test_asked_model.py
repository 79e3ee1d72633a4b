"""Checks ask the run's model: loaded once, when asked, and never from an artifact whose scan did not pass."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds import KINDS
from modelops_airflow.steps.local import LocalRun, run_local

PROJECT = Path(__file__).parents[2]
STEP = """
lifecycles:
  release:
    uses: standard-release
    steps:
      robustness:
        uses: robustness
        insert: {after: drift}
        with: {perturbations: [noise], columns: [amount], rows: 100}
        require: {model_errors: {fail: "> 0"}, prediction_change_share: {fail: "> 0.5"}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The repository's project, with a step that asks the model."""
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    file = root / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text() + STEP)
    return root


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which step loaded a model."""
    found: list[str] = []
    whole = type(KINDS["skops"]).load

    def load(self: Any, artifact: Any) -> Any:
        found.append(artifact.digest)
        return whole(self, artifact)

    monkeypatch.setattr(type(KINDS["skops"]), "load", load)
    return found


def notes(run: LocalRun, step: str, folder: Path) -> str:
    return " ".join(read_measurement(BlobStore(str(folder / "evidence")), str(run.results[step].evidence)).notes)


def test_a_step_asks_the_verified_artifact_and_is_judged(project: Path, tmp_path: Path, loads: list[str]) -> None:
    run = run_local(project, "credit-risk", folder=tmp_path / "state")

    assert (run.verdict, run.results["robustness"].judgement.verdict.value) == ("pass", "pass")
    assert len(loads) == 2, "profile and robustness; the other checks load nothing"


def test_an_artifact_whose_scan_did_not_pass_is_never_opened_by_a_check(project: Path, tmp_path: Path, loads: list[str]) -> None:
    import pyarrow as pa

    from modelops_airflow.errors import ArtifactError
    from modelops_airflow.spec.project import Project
    from modelops_airflow.steps.folder_journal import FolderJournal
    from modelops_airflow.steps.local import plan_from_files
    from modelops_airflow.steps.measure import VerifiedModel
    from modelops_airflow.steps.run import Run

    plan, roots = plan_from_files(Project(project), "credit-risk", "release")
    store = BlobStore(str(tmp_path / "evidence"))
    digest = store.put((project / "examples/credit/model-3.2.0.skops").read_bytes())
    run = Run(plan, digest, "m.skops", Project(project), roots, store, FolderJournal(tmp_path / "run", plan, digest))

    with pytest.raises(ArtifactError, match="may not be opened: step scan-artifact has not passed"):
        VerifiedModel(run).score(pa.table({"amount": [1]}))
    assert loads == []


def test_the_evidence_of_asking_is_the_same_each_time(project: Path, tmp_path: Path) -> None:
    found = {run_local(project, "credit-risk", folder=tmp_path / "state", threads=threads).evidence["robustness"] for threads in (1, 4, 1)}

    assert len(found) == 1
    assert "100 of " in notes(run_local(project, "credit-risk", folder=tmp_path / "state"), "robustness", tmp_path / "state")
