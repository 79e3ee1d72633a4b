"""Scoring in batches on a real Airflow: released by people, scored on schedule, told to a consumer, stopped by one person."""

from __future__ import annotations

import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from airflow_client import until
from airflow_world import World
from sqlalchemy import select

from modelops_airflow.digest import digest_file
from modelops_airflow.inventory.tables import FindingRow, RunRow, ScoredRow

MODEL, RELEASE, SCORE = "overnight-prices", "overnight-prices.release", "overnight-prices.score"


@pytest.fixture(scope="module")
def live(world: World) -> str:
    """The model, released to its batch environment; answers the artifact that is live."""
    owner, risk = world.person("credit-owner"), world.person("risk-1")
    until("the DAG is there", lambda: owner.airflow("GET", f"/dags/{RELEASE}").status_code == 200)
    assert records(world) == [], "nothing is scored before anything is live"
    run = owner.start(RELEASE)
    step = until("a gate is open", lambda: next((one for one in risk.modelops("GET", "/approvals").json()["items"] if one["model_id"] == MODEL), None), 150)["step"]
    until("parked", lambda: risk.tasks(RELEASE, run)[step] == "deferred", 60)
    gate = risk.gate(MODEL, step)
    assert gate is not None and risk.decide(gate, "approve", "looked at it").status_code == 201
    until("deployed", lambda: risk.tasks(RELEASE, run)["deploy"] == "success", 120)
    return str(json.loads((world.root / "overnight" / "live" / f"{MODEL}.json").read_bytes())["artifact"])


def records(world: World) -> list[ScoredRow]:
    with world.register.read() as session:
        return list(session.scalars(select(ScoredRow).order_by(ScoredRow.id)))


def test_each_interval_is_scored_with_what_is_live_and_the_register_says_by_which(world: World, live: str) -> None:
    row = until("scored", lambda: records(world), 180)[0]
    assert (row.artifact, row.epoch, row.version) == (live, 1, "1.4.0")
    assert (row.ends_at - row.begins_at).total_seconds() == 60
    file = world.root / "overnight" / row.file
    until("in its place", file.is_file, 10)
    assert digest_file(file) == row.output
    assert row.rows == pq.read_metadata(world.root / "examples/pricing/current.parquet").num_rows == pq.read_metadata(file).num_rows


def test_the_consumer_is_started_with_what_is_on_record(world: World, live: str) -> None:
    row = until("scored", lambda: records(world), 180)[0]
    noted = world.root / "dags" / "consumed.jsonl"
    until("consumed", noted.is_file, 120)
    told = {one["file"]: one for one in map(json.loads, noted.read_text().splitlines())}
    found = {name: told[row.file][name] for name in ("version", "artifact", "epoch", "rows", "output", "input", "environment")}
    assert found == {**{name: getattr(row, name) for name in found if name != "environment"}, "environment": "overnight"}


def test_a_suspended_model_is_not_scored_with_and_the_tasks_are_skipped(world: World, live: str) -> None:
    answer = world.person("risk-1").modelops("POST", f"/models/{MODEL}/suspend", {"environment": "overnight", "reason": "wrong prices"})
    assert answer.status_code == 201, answer.text
    before = {row.begins_at for row in records(world)}
    run = until("a run after the stop", lambda: _finished_after(world, before), 240)
    assert set(world.person("operator").tasks(SCORE, run).values()) == {"skipped"}
    assert {row.begins_at for row in records(world)} == before
    with world.register.read() as session:
        assert run not in session.scalars(select(RunRow.run_id).where(RunRow.dag_id == SCORE)).all(), "nothing was pinned"
        assert [one.kind for one in session.scalars(select(FindingRow).where(FindingRow.model_id == MODEL, FindingRow.closed_at.is_(None)))] == []


def _finished_after(world: World, before: set[Any]) -> str | None:
    """The newest run whose interval is later than every scored one, once it is over."""
    answer = world.person("operator").airflow("GET", f"/dags/{SCORE}/dagRuns?order_by=-run_after&limit=3").json()["dag_runs"]
    last = max(before).isoformat().replace("+00:00", "Z")
    return next((str(one["dag_run_id"]) for one in answer if one["state"] in ("success", "failed") and one["data_interval_start"] > last
                 and set(world.person("operator").tasks(SCORE, one["dag_run_id"]).values()) == {"skipped"}), None)
