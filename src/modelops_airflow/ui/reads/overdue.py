"""What is late: approvals and findings past their due date, and reviews past their cadence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from ...governance.gate import waiting
from ...inventory.tables import FindingRow, GateRow, ModelRow, RunRow
from ...policy.finding_rules import State
from .clock import later


def open_gates(session: Session, models: Collection[str], at: datetime) -> dict[str, tuple[int, int]]:
    """By model id: how many gates wait, and how many of them are past their due date. One query."""
    late = func.sum(case((GateRow.due_at < at, 1), else_=0))
    rows = session.execute(
        select(RunRow.model_id, func.count(), late)
        .join(GateRow, GateRow.run == RunRow.id)
        .where(waiting(), RunRow.model_id.in_(models))
        .group_by(RunRow.model_id)
    )
    return {model: (waiting, int(overdue or 0)) for model, waiting, overdue in rows}


def late_findings(session: Session, models: Collection[str], at: datetime) -> dict[str, list[str]]:
    """By model id: the severities of the open findings that are past their due date. An accepted risk owes nothing until it ends. One query."""
    rows = session.execute(
        select(FindingRow.model_id, FindingRow.severity)
        .where(FindingRow.closed_at.is_(None), FindingRow.due_at <= at, FindingRow.model_id.in_(models))
        .where(or_(FindingRow.state != State.RISK_ACCEPTED.value, FindingRow.expires_at <= at))
        .order_by(FindingRow.id)
    )
    found: dict[str, list[str]] = {}
    for model, severity in rows:
        found.setdefault(model, []).append(severity)
    return found


def next_review(model: ModelRow, last: datetime | None) -> datetime | None:
    """When the model's next review falls due; None where it has no cadence or was never approved."""
    return later(last, model.review_every) if last and model.review_every else None
