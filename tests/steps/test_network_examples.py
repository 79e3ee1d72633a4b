"""The examples of a graph, a Bayesian network and a workbook pass their checks, bias among them, with the same evidence each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("model", ["payment-network", "claims-network", "affordability"])
def test_the_example_comes_to_its_gate_with_the_same_evidence_each_time(model: str, tmp_path: Path) -> None:
    runs = [run_local(PROJECT, model, folder=tmp_path, threads=threads) for threads in (1, 4, 1)]
    assert {(run.verdict, run.gate) for run in runs} == {("pass", "approve-risk" if model == "affordability" else "approve-validation")}
    assert len({json.dumps(run.evidence, sort_keys=True) for run in runs}) == 1
    measured = read_measurement(BlobStore(str(tmp_path / "evidence")), str(runs[0].evidence["bias"]))
    ratios = [row.value for row in measured.metrics if row.name == "impact_ratio" and row.where.keys() == {"sex"}]
    assert ratios and all(ratio is not None and ratio > 0.8 for ratio in ratios)
