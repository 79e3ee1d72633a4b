"""The runtime's HTTP: what may not answer is 503 or the fallback's, and every answer says whose it is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from in_process import make_app
from signed_place import Place

from modelops_airflow.connections import no_connections
from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.serving import Answering, PredictionLog, Slot

INFER = "/v2/models/pricing/infer"


def request(*amounts: Any, kind: str = "INT64", name: str = "amount") -> dict[str, Any]:
    return {"id": "r1", "inputs": [{"name": name, "shape": [len(amounts)], "datatype": kind, "data": list(amounts)}]}


def looked(slot: Slot) -> Slot:
    slot.look()
    return slot


def test_an_answer_has_the_protocols_form_and_names_the_version_that_gave_it(place: Place) -> None:
    place.deploy(4)
    client = TestClient(make_app(looked(place.slot())))

    answer = client.post(INFER, json=request(10, 90))

    told = answer.json()
    assert (answer.status_code, told["model_name"], told["model_version"], told["id"]) == (200, "pricing", "4.0", "r1")
    assert told["outputs"] == [{"name": "prediction", "shape": [2], "datatype": "BYTES", "data": ["standard", "decline"]}]
    assert (told["parameters"]["epoch"], told["parameters"]["role"]) == ("4", "stable")
    assert (answer.headers["modelops-version"], answer.headers["modelops-served-by"]) == ("4.0", "pricing")
    assert client.get("/v2/models/pricing").json()["versions"] == ["4.0"]
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").status_code == client.get("/v2/models/pricing/ready").status_code == 200


def test_what_may_not_answer_is_503_with_the_reason_and_not_ready(place: Place) -> None:
    place.deploy(1, signed=False)
    client = TestClient(make_app(looked(place.slot())))

    answer = client.post(INFER, json=request(10))

    assert (answer.status_code, "is not signed" in answer.json()["error"]) == (503, True)
    assert client.get("/v2/health/ready").status_code == client.get("/v2/models/pricing").status_code == 503
    assert client.get("/v2/health/live").status_code == 200
    assert 'modelops_requests_refused_total{model="pricing",status="503"} 1.0' in client.get("/metrics").text


def test_the_fallback_answers_visibly_and_only_while_it_must(place: Place, tmp_path: Path) -> None:
    place.deploy(1, limit=5, model="simple")
    place.deploy(1, signed=False)
    slot, log = looked(place.slot()), PredictionLog(tmp_path / "log")
    client = TestClient(make_app(slot, fallback=looked(place.slot("simple")), log=log))

    first = client.post(INFER, json=request(10))
    place.deploy(2)
    slot.look()
    second = client.post(INFER, json=request(10))
    broken = client.post(INFER, json=request(10, name="amuont"))
    log.flush()

    assert (first.status_code, first.headers["modelops-served-by"], first.json()["outputs"][0]["data"]) == (200, "simple", ["decline"])
    assert first.json()["parameters"]["role"] == "fallback" and "is not signed" in first.json()["parameters"]["why"]
    assert (second.headers["modelops-served-by"], second.json()["outputs"][0]["data"]) == ("pricing", ["standard"])
    assert broken.status_code == 422
    rows = ds.dataset(tmp_path / "log", partitioning="hive").to_table().sort_by("at").to_pylist()
    assert [(row["served_by"], row["role"], row["version"], row["prediction"]) for row in rows] == [
        ("simple", "fallback", "1.0", "decline"), ("pricing", "stable", "2.0", "standard")]
    assert 'model="pricing",role="fallback",version="1.0"} 1.0' in client.get("/metrics").text


def test_a_fallback_that_is_not_signed_does_not_answer_either(place: Place) -> None:
    place.deploy(1, model="simple", key=place.stranger)
    client = TestClient(make_app(looked(place.slot()), fallback=looked(place.slot("simple"))))

    answer = client.post(INFER, json=request(10))

    assert (answer.status_code, "not signed by the key that is trusted here" in answer.json()["error"]) == (503, True)


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{}", b"[" * 50_000, b'{"inputs": []}', b'{"inputs": [{"name": "amount"}]}', b"\xff",
    json.dumps(request()).encode(), json.dumps(request("a")).encode(), json.dumps(request(True)).encode(), json.dumps(request(1.5)).encode(),
    json.dumps(request(math.nan, kind="FP64")).encode(), json.dumps(request(1, kind="TENSOR")).encode(),
    json.dumps({"inputs": [*request(1)["inputs"], *request(1)["inputs"]]}).encode(),
    json.dumps({"inputs": [*request(1)["inputs"], *request(1, 2, name="b")["inputs"]]}).encode(),
    json.dumps({"inputs": [{"name": "amount", "shape": [2], "datatype": "INT64", "data": [1]}]}).encode(),
    json.dumps(request(2**70)).encode(), json.dumps(request(1, name="\ud800")).encode(), json.dumps(request(1) | {"id": "\ud800"}).encode(),
    b'{"inputs": [{"name": "amount", "shape": [1], "datatype": "FP64", "data": [1e999]}]}', json.dumps(request("\ud800", kind="BYTES")).encode(),
    json.dumps(request([1], 1)).encode(), json.dumps(request([[1]])).encode(), json.dumps(request(["a"])).encode(), json.dumps(request([2**70])).encode(),
    json.dumps(request({"a": 1})).encode(), json.dumps(request([None])).encode(),
], ids=range(28))
def test_a_request_that_is_none_is_400_and_asks_nobody(place: Place, body: bytes) -> None:
    place.deploy(1)
    client = TestClient(make_app(looked(place.slot())))

    answer = client.post(INFER, content=body)

    assert (answer.status_code, "Traceback" in answer.text) == (400, False), answer.text
    assert client.post(INFER, json=request(10)).status_code == 200


def test_a_request_of_many_bytes_is_413_and_of_many_rows_400(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    client = TestClient(make_app(looked(place.slot())))
    monkeypatch.setattr("modelops_airflow.serving.inference.MOST_ROWS", 2)
    assert client.post(INFER, json=request(1, 2)).status_code == 200
    assert client.post(INFER, json=request(1, 2, 3)).status_code == 400

    monkeypatch.setattr("modelops_airflow.serving.front.LARGEST", 10)
    assert client.post(INFER, json=request(1)).status_code == 413


def test_callers_need_the_token_where_there_is_one(place: Place) -> None:
    place.deploy(1)
    client = TestClient(make_app(looked(place.slot()), token="secret"))

    assert client.post(INFER, json=request(1)).status_code == 401
    assert client.post(INFER, json=request(1), headers={"authorization": "Bearer other"}).status_code == 401
    assert client.post(INFER, json=request(1), headers={"authorization": "Bearer secret"}).status_code == 200
    assert client.get("/v2/health/ready").status_code == 200


def test_predictions_are_logged_with_a_digest_and_with_inputs_only_where_asked(place: Place, tmp_path: Path) -> None:
    place.deploy(1)
    for name, inputs in (("digests", False), ("whole", True)):
        log = PredictionLog(tmp_path / name, inputs=inputs)
        client = TestClient(make_app(looked(place.slot()), log=log))
        client.post(INFER, json=request(10, 90))
        client.post(INFER, json=request(10))
        log.flush()

    digests = ds.dataset(tmp_path / "digests", partitioning="hive").to_table().to_pylist()
    whole = ds.dataset(tmp_path / "whole", partitioning="hive").to_table().to_pylist()
    assert "amount" not in digests[0] and [row["amount"] for row in whole] == [10, 90, 10]
    assert digests[0]["input_digest"] == digests[2]["input_digest"] != digests[1]["input_digest"]
    assert {row["artifact"] for row in digests} == {place.slot().look().artifact}  # type: ignore[union-attr]
    assert len(list((tmp_path / "digests").rglob("*.parquet"))) == 1
    read = open_dataset("whole/model=pricing/role=stable", resolve=lambda name: tmp_path / name, connections=no_connections).read()
    assert read["amount"].to_pylist() == [10, 90, 10], "as a monitor reads it"


def test_what_cannot_be_written_down_is_not_answered(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    (tmp_path / "log").write_text("a file where a folder is meant to be")
    monkeypatch.setattr("modelops_airflow.serving.log.EVERY", 1)
    client = TestClient(make_app(looked(place.slot()), log=PredictionLog(tmp_path / "log")))

    assert client.post(INFER, json=request(10) | {"id": "before it was time to write"}).status_code == 200
    answer = client.post(INFER, json=request(10) | {"id": "refused"})

    assert (answer.status_code, "log of predictions cannot be written" in answer.json()["error"]) == (503, True)
    (tmp_path / "log").unlink()
    assert client.post(INFER, json=request(20) | {"id": "after"}).status_code == 200
    assert client.post(INFER, json=request(20) | {"id": "one that waits"}).status_code == 200
    rows = ds.dataset(tmp_path / "log", partitioning="hive").to_table().to_pylist()
    assert {row["request"] for row in rows} == {"before it was time to write", "after"}, "what was refused is in no log"


def test_an_answer_that_the_callers_side_does_not_have_is_not_written(place: Place, tmp_path: Path) -> None:
    place.deploy(1)
    log = PredictionLog(tmp_path / "log")
    answering = Answering("pricing", looked(place.slot()), log=log)
    noted = [answering.answer(json.dumps(request(10)).encode())[1] for _ in range(3)]
    assert noted[1] is not None
    noted[1].given = True
    log.flush()

    assert ds.dataset(tmp_path / "log").to_table().num_rows == 1
    assert log.waiting == 2


def test_callers_who_send_other_columns_and_large_numbers_spoil_nobodys_log(place: Place, tmp_path: Path) -> None:
    place.deploy(1)
    log = PredictionLog(tmp_path / "log", inputs=True)
    client = TestClient(make_app(looked(place.slot()), log=log))
    for kind, value in (("INT64", 2**60), ("BYTES", "x"), ("FP64", 1.5), ("INT64", 1)):
        more = {"name": "z", "shape": [1], "datatype": kind, "data": [value]}
        assert client.post(INFER, json={"inputs": [*request(10)["inputs"], more]}).status_code == 200
    log.flush()

    files = sorted((tmp_path / "log").rglob("*.parquet"))
    assert (len(files), sum(pq.read_metadata(one).num_rows for one in files)) == (3, 4)


def test_what_nobody_thought_of_is_a_counted_500_without_a_trace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    monkeypatch.setattr("modelops_airflow.serving.answering.written", lambda *_, **__: 1 / 0)
    client = TestClient(make_app(looked(place.slot())))

    answer = client.post(INFER, json=request(10))

    assert (answer.status_code, answer.json()) == (500, {"error": "the request cannot be answered (ZeroDivisionError)"})
    assert 'modelops_requests_refused_total{model="pricing",status="500"} 1.0' in client.get("/metrics").text
