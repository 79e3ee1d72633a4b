"""Slices and estimates are those of the artifact's own answers, whatever predictions the data brings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from perfect_answers import give_perfect_answers

from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]
LIFECYCLES = """
lifecycles:
  release:
    uses: standard-release
    steps:
      by-sex: {uses: performance, insert: {after: performance}, with: {by: [sex]}, require: {accuracy: {fail: "< 0.1"}}}
      estimate: {uses: performance-estimate, insert: {after: performance}, require: {estimated_auc: {fail: "< 0.1"}}}
"""


def _metrics(root: Path, state: Path) -> dict[str, Any]:
    file = root / "dags" / "models" / "credit-risk.yaml"
    if "lifecycles" not in file.read_text():
        file.write_text(file.read_text() + LIFECYCLES)
    run = run_local(root, "credit-risk", folder=state)
    store = BlobStore(str(state / "evidence"))
    return {step: read_statement(store, str(run.results[step].evidence))["predicate"]["measurement"]["metrics"] for step in ("by-sex", "estimate")}


def test_a_perfect_column_of_predictions_in_the_data_changes_no_slice_and_no_estimate(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    honest = _metrics(root, tmp_path / "honest")
    give_perfect_answers(root, "credit-risk")

    assert _metrics(root, tmp_path / "dishonest") == honest
    values = {(row["name"], row["where"].get("sex")): row["value"] for row in honest["by-sex"] + honest["estimate"]}
    assert 0.5 < values["accuracy", "female"] < 1
    assert 0.5 < values["estimated_auc", None] < 1
