"""A shadow is asked what was answered, never answers itself, and slows nobody."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from fastapi.testclient import TestClient
from in_process import make_app
from signed_place import Place

from modelops_airflow.errors import ArtifactError
from modelops_airflow.serving import PredictionLog, Shadow, Slot
from modelops_airflow.serving import shadow as module

REQUEST = {"id": "r", "inputs": [{"name": "amount", "shape": [1], "datatype": "INT64", "data": [30]}]}


@pytest.fixture
def other(place: Place) -> Slot:
    """A version that declines what the one in use does not."""
    place.deploy(1)
    elsewhere = Place(place.folder.parent / "shadow", place.state, place.key, place.stranger, "shadow")
    elsewhere.deploy(4, limit=20)
    slot = Slot("pricing", elsewhere.folder, "shadow", place.public, place.state / "shadow")
    slot.look()
    return slot


def client(place: Place, shadow: Shadow, log: PredictionLog) -> TestClient:
    slot = place.slot()
    slot.look()
    return TestClient(make_app(slot, shadow=shadow, log=log))


def test_it_is_asked_and_only_written_down(place: Place, other: Slot, tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    with client(place, Shadow(other, log), log) as asked:
        answers = [asked.post("/v2/models/pricing/infer", json=REQUEST) for _ in range(5)]

    assert {(one.headers["modelops-version"], one.json()["outputs"][0]["data"][0]) for one in answers} == {("1.0", "standard")}
    rows = ds.dataset(tmp_path / "log", partitioning="hive").to_table().to_pylist()
    assert sorted((row["role"], row["version"], row["prediction"]) for row in rows) == [
        *[("shadow", "4.0", "decline")] * 5, *[("stable", "1.0", "standard")] * 5]


def test_what_it_has_no_time_for_is_counted_and_nobody_waits(
    place: Place, other: Slot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    go, honest = threading.Event(), other.score

    def slow(rows: Any) -> Any:
        go.wait(30)
        return honest(rows)

    monkeypatch.setattr(other, "score", slow)
    log = PredictionLog(tmp_path / "log")
    shadow = Shadow(other, log)
    with client(place, shadow, log) as asked:
        codes = [asked.post("/v2/models/pricing/infer", json=REQUEST).status_code for _ in range(10)]
        assert (codes, shadow.dropped >= 7) == ([200] * 10, True)
        assert f'modelops_shadow_requests{{model="pricing",outcome="dropped"}} {float(shadow.dropped)}' in asked.get("/metrics").text
        go.set()
    assert shadow.asked + shadow.dropped == 10


def test_one_that_fails_or_is_not_signed_changes_nothing(place: Place, other: Slot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Any) -> Any:
        raise ArtifactError("broken")

    log = PredictionLog(tmp_path / "log")
    stranger = Slot("pricing", tmp_path / "nowhere", "shadow", place.public, place.state / "nobody")
    monkeypatch.setattr(other, "score", fails)
    for slot, failed in ((other, 1), (stranger, 0)):
        shadow = Shadow(slot, log)
        with client(place, shadow, log) as asked:
            assert asked.post("/v2/models/pricing/infer", json=REQUEST).status_code == 200
        assert (shadow.asked, shadow.failed, shadow.dropped) == (0, failed, 0)
