"""Scans: when each environment's place was last looked at, and what it showed. Written by each look, without an event: it is no change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import ScanRow
from ..policy.place import Place
from .transaction import governed

STALE = timedelta(minutes=5)
"""After this a look says nothing of now; `modelops.sync` looks every minute."""
_AHEAD = timedelta(minutes=1)


def is_stale(looked_at: datetime, now: datetime) -> bool:
    """Whether a look is too old, or is of a time that has not come."""
    return not -_AHEAD <= now - looked_at <= STALE


def last_round(session: Session) -> datetime | None:
    """When any place was last looked at; None if none ever was."""
    return session.scalar(select(func.max(ScanRow.looked_at)))


@dataclass(frozen=True)
class Scan:
    """One look at the place of an environment.

    Attributes:
        shown: models that it showed; None where it cannot be asked for all.
        strays: how many of them were never released there.
        trouble: why it could not be looked at, or not at all of it; empty where it was.
    """

    environment: str
    place: Place
    shown: int | None
    strays: int = 0
    trouble: str = ""


def note_scans(register: Register, scans: Sequence[Scan]) -> None:
    """Note the looks of one round; what is no environment any more is forgotten."""
    with governed(register, "scanned", by="system") as session:
        known = {row.environment: row for row in session.query(ScanRow)}
        now = database_time(session)
        for one in scans:
            row = known.pop(one.environment, None) or ScanRow(environment=one.environment)
            moved = row.place != str(one.place)[:2000]
            row.place, row.shown, row.strays, row.trouble = str(one.place)[:2000], one.shown, one.strays, one.trouble[:2000]
            row.looked_at, row.scanned_at = now, now if not one.trouble else None if moved else row.scanned_at
            session.add(row)
        for gone in known.values():
            session.delete(gone)
