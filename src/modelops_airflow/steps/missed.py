"""Missed: intervals that a model should have scored by now and has not, and a last run of the live version that failed; as the register has it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..database import database_time
from ..governance.versions import live
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, ModelRow, ResultRow, RunRow, ScoredRow
from ..plan.schedule import last_tick


def missed(register: Register, model_id: str, environment: str, late: timedelta) -> tuple[str, ...]:
    """What is wrong with the scoring of what is live; nothing where nothing is.

    Args:
        late: how long after the end of an interval its file may be missing.
    """
    with register.read() as session:
        row, model = live(session, model_id, environment), session.get(ModelRow, model_id)
        if row is None or model is None:
            return ()
        dags = {str(one["dag_id"]): one.get("schedule") for one in model.dags if one.get("scores") == environment}
        if not dags:
            return ("it is live, and no life cycle of its file scores with it",)
        return (*(told for schedule in dags.values() if (told := _late(session, row, str(schedule), late))), *_failed(session, row, list(dags)))


def _late(session: Session, row: DeploymentRow, schedule: str, late: timedelta) -> str:
    due = last_tick(schedule, database_time(session) - late)
    last = session.scalar(select(func.max(ScoredRow.ends_at)).where(ScoredRow.slot == row.slot))
    if due is None or due <= row.at or (last is not None and last >= due):
        return ""
    return (f"nothing was scored of the interval that ended at {due:%Y-%m-%d %H:%M} UTC; "
            + (f"the last one ended at {last:%Y-%m-%d %H:%M} UTC" if last is not None else "nothing ever was"))


def _failed(session: Session, row: DeploymentRow, dags: list[str]) -> list[str]:
    run = session.scalars(select(RunRow).where(RunRow.dag_id.in_(dags), RunRow.version_id == row.version_id).order_by(RunRow.id.desc()).limit(1)).first()
    result = None if run is None else session.scalars(
        select(ResultRow).where(ResultRow.run == run.id, ResultRow.uses == "score", ResultRow.current)).first()
    return [f"its last run failed: {result.message}"] if result is not None and result.status == "error" else []
