"""On the way to production the artifact itself is asked, whatever predictions the data brings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from perfect_answers import give_perfect_answers

from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]


def test_given_predictions_of_a_perfect_model_do_not_save_a_bad_artifact(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    give_perfect_answers(root, "credit-legacy")
    run = run_local(root, "credit-legacy", folder=tmp_path / "state")
    assert run.verdict == "fail"
    store = BlobStore(str(tmp_path / "state" / "evidence"))
    profile = read_statement(store, str(run.results["profile"].evidence))
    assert profile["predicate"]["measurement"]["parameters"]["predictions"] == "scored"
    assert "auc" in json.dumps([row.to_json() for row in run.results["performance"].judgement.rows])
