"""The findings of a model as a pack has them: each as it stood when the pack was made, by the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..governance.finding_record import findings_on_record
from ..inventory.tables import FindingRow
from ..ledger.append import instant
from ..policy.finding import Finding, as_of
from ..policy.finding_rules import State


def findings_of(session: Session, model_id: str, now: datetime) -> list[dict[str, Any]]:
    """Every finding about a model, closed ones too."""
    record = findings_on_record(session, [model_id])
    return [_told(row, as_of(record.of(row), now), now) for row in session.scalars(
        select(FindingRow).where(FindingRow.model_id == model_id).order_by(FindingRow.id))]


def _told(row: FindingRow, found: Finding, now: datetime) -> dict[str, Any]:
    over = row.closed_at is not None and (found.ended or not found.raised)
    state = State.CLOSED if over and not found.ended else found.state
    return {"number": row.id, "kind": row.kind, "title": row.title, "severity": row.severity, "message": row.message, "state": state.value,
            "owner": row.owner, "raised_by": row.raised_by, "opened_at": instant(row.opened_at), "due_at": instant(found.due_at),
            "overdue": not over and found.overdue(now), "closed_at": instant(row.closed_at) if over and row.closed_at else None,
            "ended": row.ended if over else ""}
