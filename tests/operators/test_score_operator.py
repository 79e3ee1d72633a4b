"""The asset's event has what is on record, and there is none for a run that did not score."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

sys.path.insert(0, str(Path(__file__).parents[1] / "steps"))

from score_world import DAY, FILE, batch_bank, records, score_plan, score_run, write

from bank import Bank, bank, migrated, person, postgres, register_url
from modelops_airflow.governance.stop import suspend
from modelops_airflow.operators.score import ScoreOperator

__all__ = ["bank", "migrated", "postgres", "register_url"]


@pytest.fixture
def place(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    for name, value in {"ROOT": bank.root, "DATABASE_URL": bank.url, "EVIDENCE": bank.root / "evidence"}.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", str(value))
    return batch_bank(bank)


def context(operator: ScoreOperator, run_id: str = "scheduled__1") -> Any:
    run = SimpleNamespace(dag_id="pricing.score", run_id=run_id, triggering_user_name=None, run_type="scheduled",
                          data_interval_start=DAY.start, data_interval_end=DAY.end, run_after=DAY.end)
    return {"dag_run": run, "outlet_events": {operator.outlets[0]: SimpleNamespace(extra={})}}


def told(operator: ScoreOperator, given: Any) -> dict[str, Any]:
    return dict(given["outlet_events"][operator.outlets[0]].extra)


def test_the_event_has_what_the_register_has(place: Bank) -> None:
    place.live()
    score_run(place)
    operator = ScoreOperator(task_id="score", asset="pricing.score", idle=True)
    given = context(operator)
    assert operator.execute(given).startswith("version 1.0.0")
    [row] = records(place)
    assert told(operator, given) == {
        "version": "1.0.0", "artifact": row.artifact, "epoch": 1, "rows": 3, "input": row.input, "output": row.output, "file": FILE,
        "environment": "production", "begins": "2026-03-02T00:00:00+00:00", "ends": "2026-03-03T00:00:00+00:00"}


def test_a_suspended_model_has_no_event_and_a_task_that_did_not_succeed(place: Bank) -> None:
    place.live()
    score_run(place)
    suspend(place.register, "pricing", "production", person("rita"), "stop")
    operator = ScoreOperator(task_id="score", asset="pricing.score", idle=True)
    given = context(operator)
    with pytest.raises(AirflowException, match="nothing of pricing is live"):
        operator.execute(given)
    assert told(operator, given) == {}


def test_where_nothing_was_pinned_the_task_is_skipped_which_is_no_event(place: Bank) -> None:
    operator = ScoreOperator(task_id="score", asset="pricing.score", idle=True)
    with pytest.raises(AirflowSkipException):
        operator.execute(context(operator))


def test_a_failed_scoring_has_no_event(place: Bank) -> None:
    place.live()
    score_run(place, plan=score_plan(place))
    write(place, [])
    operator = ScoreOperator(task_id="score", asset="pricing.score", idle=True)
    given = context(operator)
    with pytest.raises(AirflowException, match="no rows"):
        operator.execute(given)
    assert told(operator, given) == {}
