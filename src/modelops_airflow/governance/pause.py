"""Pausing re-certification: an act of the control side, with words, that ends by itself. The ledger alone says whether it is in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import acting_roles, holders, person_of
from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..ledger import EventRow, append
from ..ledger.append import instant
from .activate import active
from .documents import keep
from .transaction import Actor, governed

PAUSED, RESUMED = "recertification-paused", "recertification-resumed"
LONGEST = timedelta(days=30)
"""A pause of a control is short: it may be said anew, in new words."""


@dataclass(frozen=True)
class Pause:
    """A pause in force.

    Attributes:
        reason: digest of the words of who paused, kept beside the ledger.
    """

    by: str
    until: datetime
    reason: str


def paused(session: Session) -> Pause | None:
    """The pause in force now; computed when asked, so one that is over needs nobody to end it."""
    row = session.scalars(select(EventRow).where(EventRow.kind.in_((PAUSED, RESUMED)), EventRow.outcome == "done")
                          .order_by(EventRow.index.desc()).limit(1)).first()
    if row is None or row.kind == RESUMED:
        return None
    facts = json.loads(row.body)["facts"]
    until = datetime.strptime(facts["until"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Pause(str(facts["by"]), until, str(facts["reason"])) if database_time(session) < until else None


def pause(register: Register, actor: Actor, reason: str, until: datetime) -> Pause:
    """Start no further re-certification until a time; what runs goes on.

    Raises:
        Refused: not of the control side, no reason, or not within the next 30 days.
    """
    with governed(register, PAUSED, by=actor.label) as session:
        person = _controller(session, actor, reason)
        now = database_time(session)
        if not now < until <= now + LONGEST:
            raise Refused(f"a pause ends within {LONGEST.days} days from now; found {instant(until)}", "expiry")
        told = Pause(person, until, keep(session, {"words": reason}))
        append(session, PAUSED, {"by": person, "reason": told.reason, "until": instant(until)})
        return told


def resume(register: Register, actor: Actor, reason: str) -> None:
    """End a pause before its time.

    Raises:
        Refused: not of the control side, no reason, or nothing is paused.
    """
    with governed(register, RESUMED, by=actor.label) as session:
        person = _controller(session, actor, reason)
        if paused(session) is None:
            raise Refused("re-certification is not paused", "state")
        append(session, RESUMED, {"by": person, "reason": keep(session, {"words": reason})})


def _controller(session: Session, actor: Actor, reason: str) -> str:
    rules = active(session)
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or person not in holders(rules, "control") or not acting_roles(rules, person):
        raise Refused("only a person of the control side pauses re-certification or resumes it", "unknown-person" if person is None else "role")
    if not reason.strip():
        raise Refused("say why; a pause and its end need a reason", "reason")
    return person
