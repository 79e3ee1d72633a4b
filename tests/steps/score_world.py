"""A bank whose production is a batch target, and a run of the life cycle that scores there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from bank import GOVERNANCE, Bank, governance
from modelops_airflow.governance.start import RunKey, pin_in_use
from modelops_airflow.inventory.tables import ModelRow, ScoredRow
from modelops_airflow.plan.types import Plan, PlannedStep
from modelops_airflow.steps.local import attempt
from modelops_airflow.steps.run import Interval, Run, StepResult

DAY = Interval(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
FILE = "scored/model=pricing/date=2026-03-02/20260302T000000Z_20260303T000000Z.parquet"
PLACE = {**GOVERNANCE["environments"], "production": {"target": "batch", "with": {"path": "live"}}}


def batch_bank(bank: Bank) -> Bank:
    """Production is a batch target from now on."""
    bank.govern(governance(environments=PLACE))
    write(bank, [100, 13000, 7])
    return bank


def write(bank: Bank, amounts: list[int], name: str = "today.parquet") -> None:
    """What is to be scored."""
    pq.write_table(pa.table({"application": list(range(len(amounts))), "amount": amounts}), bank.root / name)


def score_plan(bank: Bank, schedule: str = "@daily", **options: Any) -> Plan:
    """The plan of `pricing.score`, as batch-score has it."""
    steps = (PlannedStep("pin", "pin", {"version": "in-use"}, (), (), "prepare"),
             PlannedStep("score", "score", {"from": "production", **options}, (), ("pin",), "score"))
    data = {"current": "today.parquet", "columns": {"key": ["application"]}}
    return replace(bank.plan(), data=data, lifecycle="score", template="batch-score@1", on="schedule", schedule=schedule, steps=steps)


def score_run(bank: Bank, name: str = "scheduled__1", interval: Interval = DAY, plan: Plan | None = None) -> Run:
    """A pinned run of it, as a task sees it."""
    key = RunKey("pricing.score", name)
    assert pin_in_use(bank.register, key, (plan or score_plan(bank)).to_json(), "schedule", "production") is not None
    return replace(bank.run(key), interval=interval)


def scored(run: Run) -> StepResult:
    """The task: the step, and its result on record."""
    result = attempt(run, run.plan.step("score"))
    run.journal.record(run.plan.step("score"), result)
    return result


def records(bank: Bank) -> list[ScoredRow]:
    """What the register has of what was scored."""
    with bank.register.read() as session:
        return list(session.scalars(select(ScoredRow).order_by(ScoredRow.id)))


def made(bank: Bank) -> list[str]:
    """Every file that somebody could read as scored, and that waits to be."""
    return sorted(path.relative_to(bank.root / "live").as_posix() for path in (bank.root / "live/scored").rglob("*") if path.is_file())


def defined(bank: Bank, schedule: str = "* * * * *") -> None:
    """The model's file as the register has it: one life cycle scores from production."""
    with bank.register.engine.execution_options(modelops_write=True).begin() as connection:
        connection.execute(ModelRow.__table__.update().values(dags=[{"lifecycle": "score", "dag_id": "pricing.score", "schedule": schedule, "scores": "production"}]))


def ago(minutes: int) -> datetime:
    """A while ago, to the minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes)


def parquet(bank: Bank, name: str = FILE) -> pa.Table:
    """A file that was made."""
    return pq.read_table(Path(bank.root) / "live" / name, partitioning=None)
