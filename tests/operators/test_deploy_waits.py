"""The deploy task waits for a canary without a worker slot, and asks the register whatever woke it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from sqlalchemy import select
from sqlalchemy.orm import Session
from workbench import Bench

from modelops_airflow.database import database_time
from modelops_airflow.governance import trial
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.start import RunKey
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.tables import DeploymentRow, RunRow
from modelops_airflow.operators import bake_trigger
from modelops_airflow.operators.bake_trigger import BakeTrigger
from modelops_airflow.operators.decide import DecideOperator
from modelops_airflow.operators.deploy import DeployOperator
from modelops_airflow.operators.measure import MeasureOperator
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.profile import ProfileOperator
from modelops_airflow.operators.scan_artifact import ScanArtifactOperator
from modelops_airflow.operators.sync import SyncOperator
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import read_governance, read_model

MODEL = "pricing-rules"


@pytest.fixture
def waiting(bench: Bench) -> Any:
    """An approved release whose canary bakes."""
    file = bench.root / "dags" / "governance.yaml"
    body = yaml.safe_load(file.read_text())
    body["environments"]["canary"] = {"target": "folder", "with": {"path": "deployments/canary", "held": True}}
    body["environments"]["production"]["canary"] = "canary"
    file.write_text(yaml.safe_dump(body))
    source = read_governance(file)
    propose(bench.register, source.canonical, "sync")
    for who in ("validator-1", "risk-1"):
        if activate(bench.register, source.digest, Actor("simple", who, who)) == "active":
            break
    model = bench.root / "dags" / "models" / f"{MODEL}.yaml"
    body = yaml.safe_load(model.read_text())
    body["lifecycles"] = {"release": {"uses": "low-risk-fast-track", "steps": {"deploy": {"with": {"through": "canary", "bake": "PT30M"}}}}}
    model.write_text(yaml.safe_dump(body))
    context = bench.context(f"{MODEL}.release")
    PinOperator(task_id="pin", model_id=MODEL, lifecycle="release").execute(context)
    plan, = plans_of(read_model(model), source.spec)
    steps: dict[str, Callable[..., Any]] = {"scan-artifact": ScanArtifactOperator, "profile": ProfileOperator, "decide": DecideOperator}
    for step in plan.steps:
        if step.phase in ("prepare", "check", "decide") and step.uses != "pin":
            steps.get(step.uses, MeasureOperator)(task_id=step.id).execute(context)
    _approve(bench, context, plan)
    with pytest.raises(TaskDeferred) as parked:
        DeployOperator(task_id="deploy").execute(context)
    return context, parked.value.trigger


def _approve(bench: Bench, context: Any, plan: Any) -> None:
    key = RunKey(context["dag_run"].dag_id, context["dag_run"].run_id)
    for step in (one for one in plan.steps if one.phase == "gate"):
        gate = open_gate(bench.register, key, step.id)
        with bench.register.read() as session:
            subject = str(session.scalars(select(RunRow.subject)).one())
        vote(bench.register, gate, Actor("simple", "risk-1"), "approve", "I read it.", subject)


def live(bench: Bench) -> list[tuple[str, str]]:
    with bench.register.read() as session:
        return [(row.environment, row.state) for row in session.scalars(select(DeploymentRow).order_by(DeploymentRow.id))]


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    def ahead(session: Session) -> datetime:
        return database_time(session) + timedelta(hours=1)

    monkeypatch.setattr(trial, "database_time", ahead)


def test_it_is_parked_and_goes_on_when_the_register_says_so(bench: Bench, waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trigger = waiting
    facts = trigger.serialize()[1]
    assert set(facts) == {"deployment", "seconds", "first_poll", "poll"} and 1700 < facts["seconds"] <= 1800
    with pytest.raises(TaskDeferred):
        DeployOperator(task_id="deploy").resume(context, {"deployment": 1, "over": True})  # no event makes time go by
    assert live(bench) == [("canary", "live")]

    later(monkeypatch)
    assert "is live in production" in DeployOperator(task_id="deploy").resume(context, None)
    assert live(bench) == [("canary", "withdrawn"), ("production", "live")]


def test_a_canary_that_is_stopped_fails_the_task_for_good(bench: Bench, waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    context, _ = waiting
    suspend(bench.register, MODEL, "canary", Actor("simple", "risk-1"), "odd")
    later(monkeypatch)
    with pytest.raises(AirflowFailException, match="pulled back"):
        DeployOperator(task_id="deploy").resume(context, None)
    SyncOperator(task_id="sync").execute(bench.context("modelops.sync"))
    assert live(bench) == [("canary", "withdrawn")]


def fired(trigger: BakeTrigger) -> Any:
    async def wait() -> Any:
        return (await anext(trigger.run())).payload

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(wait(), 20))).result()


def test_the_trigger_fires_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bake_trigger, "is_live", lambda _: True)
    assert fired(BakeTrigger(7, 0.2, 0.0, 0.05)) == {"deployment": 7}


def test_the_trigger_fires_when_the_canary_is_not_live_any_more_and_a_register_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, OSError("gone"), True, False])

    def is_live(_: int) -> bool:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(bake_trigger, "is_live", is_live)
    assert fired(BakeTrigger(7, 3600.0, 0.0, 0.01)) == {"deployment": 7}
    assert list(answers) == []
