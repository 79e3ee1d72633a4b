"""On the way to production the artifact itself is asked, whatever predictions the data brings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]


def test_given_predictions_of_a_perfect_model_do_not_save_a_bad_artifact(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    for side in ("baseline", "current"):
        path = root / "examples" / "credit" / f"{side}.parquet"
        table = pq.read_table(path)
        truth = table["defaulted"]
        pq.write_table(table.append_column("prediction", truth).append_column("score", truth.cast(pa.float64())), path)
    file = root / "dags" / "models" / "credit-legacy.yaml"
    file.write_text(file.read_text().replace("columns: {target", "columns: {prediction: prediction, score: score, target"))
    run = run_local(root, "credit-legacy", folder=tmp_path / "state")
    assert run.verdict == "fail"
    store = BlobStore(str(tmp_path / "state" / "evidence"))
    profile = read_statement(store, str(run.results["profile"].evidence))
    assert profile["predicate"]["measurement"]["parameters"]["predictions"] == "scored"
    assert "auc" in json.dumps([row.to_json() for row in run.results["performance"].judgement.rows])
