"""What was late, or stood still, when a pack was made: the model's next review, and the rounds of `modelops.sync`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..data.duration import after
from ..governance.reviewed import last_approved
from ..governance.scan import is_stale, last_round
from ..inventory.tables import ModelRow, VersionRow
from ..ledger.append import instant
from ..policy.states import SERVING

OWES = (*sorted(SERVING), "suspended")
"""States of a version whose model owes reviews."""


def review_told(session: Session, model_id: str, now: datetime) -> dict[str, Any] | None:
    """When the next review of a model falls due, and whether that was before; None of a model that owes none."""
    model = session.get(ModelRow, model_id)
    used = session.scalar(select(VersionRow.id).where(VersionRow.model_id == model_id, VersionRow.state.in_(OWES)).limit(1))
    last = last_approved(session, [model_id]).get(model_id)
    if model is None or model.review_every is None or used is None or last is None:
        return None
    due = after(last, model.review_every)
    return {"due": instant(due), "every": model.review_every, "last": instant(last), "overdue": due < now}


def scheduler_told(session: Session, now: datetime) -> dict[str, Any]:
    """When the last round of `modelops.sync` was, and whether that is too long ago to say anything of now."""
    last = last_round(session)
    return {"last": instant(last) if last is not None else None, "stale": last is None or is_stale(last, now)}
