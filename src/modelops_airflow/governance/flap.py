"""Flap: what comes and goes is one open finding that counts, and not an event each time.

A trouble that is over closes its finding at once. Where it is back within an hour, the finding stays open until there was none of it
for a quarter of an hour; how often it came back meanwhile is counted.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.tables import FindingRow
from .versions import end_finding, new_finding

SOON = timedelta(hours=1)
"""Within this it is the same trouble that is back."""

CALM = timedelta(minutes=15)
"""So long nothing must be seen of what comes and goes before its finding is closed."""


def came(session: Session, model_id: str, kind: str, severity: str, message: str) -> bool:
    """Note that there is a trouble; answers whether its finding is new."""
    there = _open(session, model_id, kind)
    if there is not None:
        there.message = message[:2000]
        if there.calm_since is not None:
            there.flips, there.calm_since = there.flips + 1, None
        return False
    before = session.scalars(select(FindingRow).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at > database_time(session) - SOON,
    ).order_by(FindingRow.id.desc())).first()
    session.add(new_finding(session, model_id, kind, severity, message, before.flips + 1 if before is not None else 0))
    session.flush()
    return True


def went(session: Session, model_id: str, kind: str, seen: str) -> bool:
    """Note that a trouble is not there; answers whether its finding was closed by that.

    Args:
        seen: what was looked at, as of `close_finding`.
    """
    there, now = _open(session, model_id, kind), database_time(session)
    if there is None:
        return False
    if there.flips and (there.calm_since is None or now - there.calm_since < CALM):
        there.calm_since = there.calm_since or now
        return False
    end_finding(there, seen, now)
    return True


def is_calm(session: Session, model_id: str, kind: str) -> bool:
    """Whether a finding is open of which nothing was seen at the last look."""
    there = _open(session, model_id, kind)
    return there is not None and there.calm_since is not None


def _open(session: Session, model_id: str, kind: str) -> FindingRow | None:
    return session.scalars(select(FindingRow).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at.is_(None))).first()
