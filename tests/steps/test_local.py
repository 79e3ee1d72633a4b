"""A local run: the same evidence each time, whatever the threads, and never more than local."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from modelops_airflow.errors import PromotionRefused
from modelops_airflow.steps.deploy import deploy
from modelops_airflow.steps.local import run_local
from modelops_airflow.steps.run import NamedChampion

PROJECT = Path(__file__).parent.parent.parent
CREDIT = PROJECT / "examples/credit"


@pytest.mark.parametrize("model", ["credit-risk", "income-screen", "pricing-rules"])
def test_evidence_digests_do_not_depend_on_repetition_or_threads(model: str, tmp_path: Path) -> None:
    found = {
        json.dumps(run_local(PROJECT, model, folder=tmp_path, threads=threads).evidence, sort_keys=True)
        for _ in range(20) for threads in (1, 4)
    }
    assert len(found) == 1


def test_one_changed_row_of_the_data_changes_the_evidence(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    before = run_local(root, "pricing-rules", folder=tmp_path / "before").evidence
    data = root / "examples" / "pricing" / "current.parquet"
    pq.write_table(pq.read_table(data).slice(1), data)
    after = run_local(root, "pricing-rules", folder=tmp_path / "after").evidence
    assert before["scan-artifact"] == after["scan-artifact"]
    assert all(before[step] != after[step] for step in before if step != "scan-artifact")


def test_a_local_run_stops_at_the_first_gate_and_says_that_it_is_local(tmp_path: Path) -> None:
    run = run_local(PROJECT, "credit-risk", folder=tmp_path)
    record = json.loads((run.folder / "run.json").read_text())
    assert (run.verdict, run.gate, record["origin"]) == ("pass", "approve-validation", "local")


def test_a_bad_model_is_stopped_before_any_gate(tmp_path: Path) -> None:
    run = run_local(PROJECT, "credit-legacy", folder=tmp_path)
    assert (run.verdict, run.gate) == ("fail", None)


def test_a_local_run_can_never_promote(tmp_path: Path) -> None:
    from modelops_airflow.evidence.store import BlobStore
    from modelops_airflow.spec.project import Project
    from modelops_airflow.steps.folder_journal import FolderJournal
    from modelops_airflow.steps.local import plan_from_files
    from modelops_airflow.steps.run import Run

    project = Project(PROJECT)
    plan, roots = plan_from_files(project, "credit-risk", "release")
    digest = run_local(PROJECT, "credit-risk", folder=tmp_path).evidence["scan-artifact"]
    run = Run(plan, digest, "m.skops", project, roots, BlobStore(str(tmp_path)), FolderJournal(tmp_path, plan, digest))
    with pytest.raises(PromotionRefused, match="local run can never promote"):
        deploy(run, plan.step("deploy"))


COMPARING = """
lifecycles:
  release:
    uses: standard-release
    steps:
      champion:
        uses: champion
        insert: {after: drift}
        with: {resamples: 100}
        require: {auc_against_champion_worst: {fail: "< -0.02"}}
"""


@pytest.mark.parametrize(("named", "status", "verdict"), [
    (NamedChampion(CREDIT / "legacy-1.0.0.skops"), "measured", "pass"),
    (NamedChampion(None), "not_applicable", "not_applicable"),
    (None, "error", "error"),
    (NamedChampion(CREDIT / "gone.skops"), "error", "error"),
    (NamedChampion(CREDIT / "legacy-1.0.0.skops", "joblib"), "error", "error"),
])
def test_a_local_run_compares_with_the_version_that_its_caller_names(named: NamedChampion | None, status: str, verdict: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    file = root / "dags/models/credit-risk.yaml"
    file.write_text(file.read_text() + COMPARING)

    run = run_local(root, "credit-risk", folder=tmp_path / "state", champion=named)

    result = run.results["champion"]
    assert (result.status.value, result.judgement and result.judgement.verdict.value) == (status, verdict), result.message
    assert run.verdict == ("error" if status == "error" else "pass")
