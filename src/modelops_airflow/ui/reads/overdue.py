"""What is late: approvals past their due date, and reviews past their cadence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ...inventory.tables import GateRow, GateState, ModelRow, RunRow
from .clock import later


def open_gates(session: Session, models: Collection[str], at: datetime) -> dict[str, tuple[int, int]]:
    """By model id: how many gates wait, and how many of them are past their due date. One query."""
    late = func.sum(case((GateRow.due_at < at, 1), else_=0))
    rows = session.execute(
        select(RunRow.model_id, func.count(), late)
        .join(GateRow, GateRow.run == RunRow.id)
        .where(GateRow.state == GateState.OPEN.value, RunRow.model_id.in_(models))
        .group_by(RunRow.model_id)
    )
    return {model: (waiting, int(overdue or 0)) for model, waiting, overdue in rows}


def next_review(model: ModelRow, last: datetime | None) -> datetime | None:
    """When the model's next review falls due; None where it has no cadence or was never approved."""
    return later(last, model.review_every) if last and model.review_every else None
