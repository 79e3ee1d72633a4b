"""How far re-certification is: of the latest cause of each model, in four queries whatever the size of the fleet. Done is what the ledger has as done."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...database import database_time
from ...governance.activate import active, row_of
from ...governance.budget import DAY, starts_since, usual_hours
from ...governance.ended import doubted
from ...governance.pause import paused
from ...inventory.tables import RecertificationRow, RecertificationState
from ...spec.types import Recertification
from .clock import iso

_COUNTED = ("waiting", "running", "done", "failed")
DOUBTED = "doubted"
_NOT_ON_RECORD = "the ledger does not have that its run ended so; its row was edited"


def progress(session: Session, visible: Collection[str]) -> dict[str, Any]:
    """Counts, by tier too, the pause in force, the budget, how many days what waits takes at it, and each model that is not done."""
    rows = [row for row in _latest(session) if row.model_id in visible]
    unconfirmed = doubted(session, rows)
    states = {row.id: DOUBTED if row.id in unconfirmed else row.state for row in rows}
    counted = Counter(states.values())
    tiers = sorted({row.tier for row in rows})
    rules = (active(session).recertification if row_of(session, "active") is not None else None) or Recertification()
    pause = paused(session)
    verdicts = Counter(str(row.verdict) for row in rows if states[row.id] == RecertificationState.DONE)
    return {
        "of": sum(counted[state] for state in (*_COUNTED, DOUBTED)), **{state: counted[state] for state in (*_COUNTED, DOUBTED, "not_needed")},
        "tiers": {str(tier): {state: sum(states[row.id] == state for row in rows if row.tier == tier) for state in (*_COUNTED, DOUBTED)} for tier in tiers},
        "verdicts": dict(sorted(verdicts.items())), "not_passed": verdicts.total() - verdicts["pass"],
        "paused": {"by": pause.by, "until": iso(pause.until)} if pause is not None else None,
        "budget": rules.model_dump(), "started_last_24_hours": len(starts_since(session, database_time(session) - DAY)),
        "days_left": days_left(session, rows, rules),
        "models": [_told(row, states[row.id], paused=pause is not None) for row in rows if (states[row.id], row.verdict) != (RecertificationState.DONE, "pass")],
    }


def days_left(session: Session, rows: Sequence[RecertificationRow], rules: Recertification) -> int:
    """Whole days that what waits takes at the budget, by how long earlier runs took; what nobody knows takes no time."""
    waiting = [row for row in rows if row.state == RecertificationState.WAITING]
    usual = usual_hours(session, {str(row.dag_id) for row in waiting})
    hours = sum(usual[str(row.dag_id)] for row in waiting)
    days = [len(waiting) / rules.per_day, hours / 24 / rules.at_once, hours / rules.hours_per_day if rules.hours_per_day else 0]
    return math.ceil(max(days))


def _latest(session: Session) -> list[RecertificationRow]:
    last = select(func.max(RecertificationRow.id)).group_by(RecertificationRow.model_id)
    return list(session.scalars(select(RecertificationRow).where(RecertificationRow.id.in_(last)).order_by(
        RecertificationRow.tier, RecertificationRow.created_at, RecertificationRow.id)))


def _told(row: RecertificationRow, state: str, *, paused: bool) -> dict[str, Any]:
    believed = state != DOUBTED
    return {
        "model": row.model_id, "tier": row.tier, "state": "paused" if paused and state == RecertificationState.WAITING else state,
        "attempt": row.attempt, "verdict_before": row.verdict_before, "expected": row.expected, "verdict": row.verdict if believed else None,
        "reason": row.reason if believed else _NOT_ON_RECORD,
        "changes": row.changes, "dag_id": row.dag_id, "run_id": row.run_id, "before": row.before, "after": row.after, "cause": row.cause,
        "created_at": iso(row.created_at), "started_at": iso(row.started_at), "ended_at": iso(row.ended_at),
    }
