"""The tasks of modelops.recertify: they start what the register says that they hold, and nothing that XCom says."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException, DagRunTriggerException
from sqlalchemy import select
from workbench import Bench

from modelops_airflow.digest import digest_of
from modelops_airflow.governance.campaign import Affected, Campaign, record_campaign
from modelops_airflow.inventory.tables import RecertificationRow, RunRow
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.recertify import RECERTIFY, ClaimOperator, StartOperator
from modelops_airflow.system_dags import recertify_dag

DAG = "modelops.recertify"


class Airflow:
    """What a task may ask Airflow: which runs it has."""

    def __init__(self, **states: str) -> None:
        self.states, self.xcom = states, {}

    def get_dr_count(self, dag_id: str, run_ids: list[str]) -> int:
        return sum(f"{dag_id}@{one}" in self.states for one in run_ids)

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        return self.states[f"{dag_id}@{run_id}"]

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcom[key] = value


@pytest.fixture
def queued(bench: Bench) -> Bench:
    """The pricing model on the queue."""
    PinOperator(task_id="pin", model_id="pricing-rules", lifecycle="release").execute(bench.context("pricing-rules.release"))
    with bench.register.read() as session:
        run = session.scalars(select(RunRow)).one()
    affected = Affected("pricing-rules", 3, run.id, run.approved_plan, "sha256:1", "pass", "fail", (), "pricing-rules.review")
    record_campaign(bench.register, Campaign(digest_of(1), "", 1, (affected,)), "sync")
    return bench


def started(claimed: dict[str, Any]) -> StartOperator:
    """The task of one claim, as the DAG maps it and Airflow unmaps it."""
    task: Any = recertify_dag("default_pool").get_task("start")
    made = task.unmap({"claimed": claimed})
    assert isinstance(made, StartOperator) and made.outlets == [RECERTIFY]
    return made


def context(bench: Bench, run: str = "scheduled__1", airflow: Airflow | None = None) -> Any:
    told: list[str] = []
    events = {RECERTIFY: SimpleNamespace(add_partitions=told.append, told=told)}
    return bench.context(DAG, run, user=None) | {"ti": airflow or Airflow(), "outlet_events": events}


def test_what_is_claimed_is_started_under_its_own_name_with_an_event_for_the_model(queued: Bench) -> None:
    (claimed,) = ClaimOperator(task_id="claim").execute(context(queued))
    name = claimed["run_id"]
    assert claimed == {"row": 1, "model_id": "pricing-rules", "dag_id": "pricing-rules.review", "run_id": name}
    assert re.fullmatch(r"recertify__1_1_[0-9a-f]{16}", name), "nobody can have a run of that name before"
    seen = context(queued)
    with pytest.raises(DagRunTriggerException) as asked:
        started(claimed).execute(seen)
    assert (asked.value.trigger_dag_id, asked.value.dag_run_id, asked.value.logical_date) == ("pricing-rules.review", name, None)
    assert asked.value.skip_when_already_exists and not asked.value.reset_dag_run
    assert seen["outlet_events"][RECERTIFY].told == ["pricing-rules"]


def test_what_xcom_says_beside_the_row_is_not_believed(queued: Bench) -> None:
    (claimed,) = ClaimOperator(task_id="claim").execute(context(queued))
    with pytest.raises(DagRunTriggerException) as asked:
        started(claimed | {"dag_id": "payments.release", "run_id": "forged"}).execute(context(queued))
    assert asked.value.trigger_dag_id == "pricing-rules.review"


@pytest.mark.parametrize(("row", "run"), [(1, "scheduled__2"), (7, "scheduled__1")])
def test_a_round_that_does_not_hold_the_row_starts_nothing(queued: Bench, row: int, run: str) -> None:
    ClaimOperator(task_id="claim").execute(context(queued))
    with pytest.raises(AirflowSkipException, match="another round has it"):
        started({"row": row}).execute(context(queued, run))


def test_a_retried_round_is_answered_the_same_and_another_one_nothing(queued: Bench) -> None:
    first = ClaimOperator(task_id="claim").execute(context(queued))
    assert ClaimOperator(task_id="claim").execute(context(queued)) == first
    assert ClaimOperator(task_id="claim").execute(context(queued, "scheduled__2")) == []


def test_a_run_that_airflow_says_failed_fails_the_row(queued: Bench) -> None:
    (claimed,) = ClaimOperator(task_id="claim").execute(context(queued))
    ClaimOperator(task_id="claim").execute(context(queued, "scheduled__2", Airflow(**{f"pricing-rules.review@{claimed['run_id']}": "failed"})))
    with queued.register.read() as session:
        assert session.scalars(select(RecertificationRow.state)).one() == "failed"
