"""Governance as it was in force at an earlier moment: the ledger says which, a row of the register may be made by a task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Refused
from ..ledger import EventRow
from ..spec.types import Governance
from .activate import active, governance_of
from .documents import fetch
from .on_record import GOVERNED


def governances(session: Session) -> list[tuple[datetime, str]]:
    """Since when which governance was in force, by its digest, in order."""
    return [(at, str(json.loads(body)["facts"]["governance"])) for at, body in session.execute(
        select(EventRow.at, EventRow.body).where(EventRow.kind.in_(GOVERNED), EventRow.outcome == "done").order_by(EventRow.index))]


def in_force_at(known: Sequence[tuple[datetime, str]], moment: datetime) -> str | None:
    """Digest of the governance in force at a moment; None where none was yet."""
    return next((digest for at, digest in reversed(known) if at <= moment), None)


def rules_of_day(session: Session, day: date) -> Governance:
    """The governance of today with the policies of a day: the packs that it named, and the project's own packs and life cycles as they were.

    People, roles and places are those of today, since it is today that somebody measures and decides.

    Raises:
        Refused: no governance was in force on that day.
    """
    digest = in_force_at(governances(session), datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1))
    if digest is None:
        raise Refused(f"no governance was in force on {day}, so nobody can say what policies asked then; choose a later day", "no-governance")
    then = governance_of(fetch(session, digest))
    return active(session).model_copy(update={name: getattr(then, name) for name in ("policies", "own_policies", "own_lifecycles")})
