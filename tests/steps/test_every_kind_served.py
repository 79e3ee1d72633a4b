"""`modelops serve` answers for a model of every kind, by the Open Inference Protocol, as the model itself answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml
from fastapi.testclient import TestClient
from kind_worlds import kinds_with_a_file, world

sys.path.insert(0, str(Path(__file__).parents[1] / "serving"))

from in_process import make_app

from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import open_model, read_artifact, scan, verify
from modelops_airflow.operators.run import connection_url
from modelops_airflow.serving import PredictionLog, Slot
from modelops_airflow.signing.dsse import sign
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.signing.statement import authorisation_statement, payload_of
from modelops_airflow.targets import Release, target_of

__all__ = ["world"]
ROWS = 40
"""That are asked at once; of a graph all of it, since its edges lead to every row."""


def tensor(name: str, values: pa.ChunkedArray[Any]) -> dict[str, Any]:
    """A column as the protocol has it."""
    kind = "BOOL" if pa.types.is_boolean(values.type) else "INT64" if pa.types.is_integer(values.type) else "FP64" if pa.types.is_floating(values.type) else "BYTES"
    return {"name": name, "shape": [len(values)], "datatype": kind, "data": values.to_pylist()}


@pytest.mark.parametrize("kind", kinds_with_a_file())
def test_it_answers_as_the_model_does(kind: str, world: Path, tmp_path: Path) -> None:
    body = yaml.safe_load((world / f"dags/models/a-{kind}.yaml").read_text())
    model, columns, options = body["model"], body["data"]["columns"], body["model"].get("with") or {}
    file = read_artifact(world / model["artifact"], model["artifact"])
    digest, key, folder = digest_bytes(file.bytes), generate(tmp_path / "key.pem"), tmp_path / "live"
    statement = authorisation_statement(digest, model=f"a-{kind}", environment="production", version="1", kind=kind, file=file.name, options=options, epoch=1, subject=digest)
    target_of("folder", {"path": "live"}, resolve=lambda _: folder).deploy(
        Release(f"a-{kind}", "production", "1", digest, 1, digest, lambda: file.bytes, sign(payload_of(statement), [key])))
    slot = Slot(f"a-{kind}", folder, "production", raw_public(key), tmp_path / "state", connections=connection_url)
    slot.look()
    rows = pq.read_table(world / body["data"]["current"]).slice(0, None if kind == "graph" else ROWS)
    seen = rows.drop_columns([name for name in {*columns.get("ignore", ()), columns.get("target")} if name in rows.column_names])

    log = PredictionLog(tmp_path / "log", inputs=True)
    answer = TestClient(make_app(slot, log=log)).post(f"/v2/models/a-{kind}/infer", json={"inputs": [tensor(name, seen[name]) for name in seen.column_names]})

    assert answer.status_code == 200, (slot.why, answer.text[:500])
    log.flush()
    assert ds.dataset(tmp_path / "log", partitioning="hive").to_table().num_rows == seen.num_rows
    report = scan(kind, file.bytes, file=file.name)
    expected = open_model(verify(kind, file.bytes, digest, report), options, connections=connection_url).score(seen)
    for output in answer.json()["outputs"]:
        wanted = expected[output["name"]].to_pylist()
        assert output["data"] == (pytest.approx(wanted) if isinstance(wanted[0], float) else wanted), output["name"]
