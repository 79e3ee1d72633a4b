"""What the register knows of the past that a plan counts with: how long runs and people took, what was approved, and what ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVE
from ..database import database_time
from ..governance.budget import median_hours
from ..governance.reviewed import last_approved
from ..inventory.tables import DecisionRow, DeploymentRow, DeploymentState, GateRow, ModelRow, RunRow
from ..plan.outlook import Past, Work


def past_of(session: Session) -> Past:
    """Of every model."""
    models = session.scalars(select(ModelRow.id)).all()
    tasks, waiting = _task_hours(session), _waiting_hours(session)
    return Past({name: Work(tasks.get(name), waiting.get(name)) for name in sorted({*tasks, *waiting})}, last_approved(session, models), _expires(session))


def _task_hours(session: Session) -> dict[str, float]:
    rows = session.execute(select(RunRow.model_id, RunRow.lifecycle, RunRow.started_at, RunRow.decided_at).where(
        RunRow.decided_at.is_not(None)).order_by(RunRow.id.desc()))
    return median_hours((f"{model}.{lifecycle}", start, end) for model, lifecycle, start, end in rows)


def _waiting_hours(session: Session) -> dict[str, float]:
    """From the first gate of a run to the last decision at one; gates that wait still say nothing."""
    rows = session.execute(
        select(RunRow.model_id, RunRow.lifecycle, func.min(GateRow.opened_at), func.max(GateRow.settled_at))
        .join(GateRow, GateRow.run == RunRow.id).group_by(RunRow.id, RunRow.model_id, RunRow.lifecycle)
        .having(func.count() == func.count(GateRow.settled_at)).order_by(RunRow.id.desc()))
    return median_hours((f"{model}.{lifecycle}", start, end) for model, lifecycle, start, end in rows)


def _expires(session: Session) -> dict[str, datetime]:
    """When the first approval of what is live ends, of those that have not ended yet."""
    rows = session.execute(
        select(DeploymentRow.model_id, func.min(DecisionRow.expires_at)).join(DecisionRow, DecisionRow.subject == DeploymentRow.subject)
        .where(DeploymentRow.state == DeploymentState.LIVE.value, DecisionRow.withdrawn_at.is_(None),
               DecisionRow.decision == APPROVE, DecisionRow.expires_at > database_time(session))
        .group_by(DeploymentRow.model_id))
    return {model: at for model, at in rows if at is not None}
