"""A threshold is changed on a real Airflow: the review of the model that it makes uncertain is run by itself, the other's is not."""

from __future__ import annotations

import shutil
from typing import Any

import pyarrow.parquet as pq
import pytest
from airflow_client import until
from airflow_world import World
from sqlalchemy import select

from modelops_airflow.inventory.tables import DeploymentRow, RecertificationRow, RunRow

STEADY, DRIFTING = "steady-prices", "drifting-prices"
LIFECYCLES = """lifecycles:
  release:
    uses: low-risk-fast-track
    steps: {{drift: {{require: {{psi: {{fail: ">= {psi}"}}}}}}}}
  review:
    uses: periodic-review
    remove: [performance]
    steps: {{drift: {{require: {{psi: {{fail: ">= {psi}"}}}}}}}}
"""


def write(world: World, psi: str) -> None:
    """Both models; of one the lowest amounts are left out today, which drifts by 0.24."""
    examples, models = world.root / "examples" / "pricing", world.root / "dags" / "models"
    table = pq.read_table(examples / "current.parquet").sort_by("amount")
    pq.write_table(table.slice(table.num_rows // 10), examples / "drifting.parquet")
    shutil.copy(examples / "current.parquet", examples / "steady.parquet")
    text = (models / "pricing-rules.yaml").read_text(encoding="utf-8")
    for name, data in ((STEADY, "steady"), (DRIFTING, "drifting")):
        (models / f"{name}.yaml").write_text(text.replace("current.parquet", f"{data}.parquet") + LIFECYCLES.format(psi=psi), encoding="utf-8")


def release(world: World, name: str) -> None:
    owner, risk = world.person("credit-owner"), world.person("risk-1")
    dag = f"{name}.release"
    until(f"{dag} is there", lambda: owner.airflow("GET", f"/dags/{dag}").status_code == 200, 180)
    run = owner.start(dag)
    step = until("a gate is open", lambda: next((one for one in risk.modelops("GET", "/approvals").json()["items"] if one["model_id"] == name), None), 240)["step"]
    until("parked", lambda: risk.tasks(dag, run)[step] == "deferred", 120)
    gate = risk.gate(name, step)
    assert gate is not None and risk.decide(gate, "approve", "looked at it").status_code == 201
    until("deployed", lambda: risk.tasks(dag, run)["deploy"] == "success", 240)


@pytest.fixture(scope="module")
def changed(world: World) -> World:
    """Both models in use under 0.30, and then the threshold is 0.15."""
    write(world, "0.30")
    for name in (STEADY, DRIFTING):
        release(world, name)
    with world.register.read() as session:
        assert set(session.scalars(select(DeploymentRow.model_id).where(DeploymentRow.state == "live"))) >= {STEADY, DRIFTING}
        assert [row.model_id for row in session.scalars(select(RecertificationRow)) if row.model_id in (STEADY, DRIFTING)] == []
    write(world, "0.15")
    return world


def rows(world: World) -> list[RecertificationRow]:
    with world.register.read() as session:
        return [row for row in session.scalars(select(RecertificationRow)) if row.model_id in (STEADY, DRIFTING)]


def recertified(world: World, name: str) -> list[str]:
    answer = world.person("operator").airflow("GET", f"/dags/{name}.review/dagRuns?limit=50").json()["dag_runs"]
    return [str(one["dag_run_id"]) for one in answer if str(one["dag_run_id"]).startswith("recertify__")]


def test_only_the_affected_model_is_reviewed_and_the_verdict_is_that_of_its_run(changed: World) -> None:
    row: Any = until("done", lambda: next((row for row in rows(changed) if row.state in ("done", "failed")), None), 700)
    assert (row.model_id, row.state, row.verdict_before, row.expected, row.verdict) == (DRIFTING, "done", "pass", "fail", "fail"), row.reason
    assert [one.model_id for one in rows(changed)] == [DRIFTING]
    assert recertified(changed, DRIFTING) == [row.run_id]
    assert recertified(changed, STEADY) == []
    with changed.register.read() as session:
        run = session.scalars(select(RunRow).where(RunRow.dag_id == f"{DRIFTING}.review", RunRow.run_id == row.run_id)).one()
        assert run.verdict == "fail"
        assert session.scalars(select(DeploymentRow).where(DeploymentRow.run == run.id)).all() == [], "a re-certification deploys nothing"


def test_consumers_are_told_by_one_event_with_the_model_as_its_partition(changed: World) -> None:
    until("done", lambda: any(row.state == "done" for row in rows(changed)), 700)
    operator = changed.person("operator")
    (asset,) = [one["id"] for one in operator.airflow("GET", "/assets?limit=100").json()["assets"] if one["name"] == "modelops.recertify"]
    events = operator.airflow("GET", f"/assets/events?asset_id={asset}").json()["asset_events"]
    assert [one["partition_key"] for one in events] == [DRIFTING]


def test_progress_is_told_to_whoever_sees_the_model(changed: World) -> None:
    told = until("done", lambda: next((one for one in [changed.person("auditor-1").modelops("GET", "/recertification").json()] if one["done"]), None), 700)
    assert (told["of"], told["done"], told["failed"]) == (1, 1, 0)
    assert told["verdicts"] == {"fail": 1}
