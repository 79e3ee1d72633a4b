"""The outbox: what is to be told goes in once, is claimed by one sender at a time, and counts as sent once the server took it.

Between the server's yes and our note of it a sender can be killed; then its one message is sent once more when its claim
is over. Nothing else is ever sent twice, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import recorded
from ..inventory.register import Register
from ..inventory.tables import NoticeRow
from ..ledger import append
from ..policy.message import Message, message_of
from ..policy.notice import Notice, notices
from ..policy.occasion import Occasion
from .activate import row_of
from .occasions import SOURCES, around

WAITING, SENT, VOID = "waiting", "sent", "void"
NOTIFIED = "notified"
CLAIM = timedelta(minutes=15)
"""How long one sender has a message for itself; longer than a round may take, so that no two have it."""
PATIENCE = timedelta(minutes=10)
"""How long a message may wait before it is told that it does."""
_AT_ONCE = 1000  # keys in one query: databases limit them
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Claimed:
    """A message that one sender has for itself."""

    id: int
    notifier: str
    connection: str
    recipient: str
    message: Message


@dataclass(frozen=True)
class Stuck:
    """Messages through one connection that could not be sent yet."""

    connection: str
    waiting: int
    trouble: str
    since: datetime


@dataclass(frozen=True)
class Late:
    """What a sender that runs each minute would not leave so.

    Attributes:
        waiting: messages that wait for longer than `PATIENCE`, whether anybody tried to send them or not.
        missing: messages that are to be told now, and are not in the outbox.
        broken: what could not be looked at, with why.
    """

    waiting: int
    missing: int
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """Every notice of a moment by key.

    Attributes:
        broken: sources that could not be looked at, with why: what they would tell is not known.
    """

    notices: Mapping[str, Notice]
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled:
    """How many notices are new, and what could not be looked at."""

    new: int
    broken: tuple[str, ...]


def planned(session: Session) -> Planned:
    """Every notice of this moment; none where governance tells nobody, or none is in force yet. A source that breaks holds up no other."""
    if row_of(session, "active") is None:
        return Planned({})
    found, occasions, broken = around(session), list[Occasion](), list[str]()
    if not found.governance.notify:
        return Planned({})
    for source in SOURCES:
        try:
            occasions += source(found)
        except SQLAlchemyError:  # the register's own trouble
            raise
        except Exception as error:  # whatever somebody made of a row
            broken.append(f"{source.__name__.removesuffix('_occasions')}: {(str(error) or repr(error)).splitlines()[0]}"[:300])
    return Planned({str(key): one for key, one in notices(occasions, found.governance.notify, found.now).items()}, tuple(broken))


def fill(register: Register) -> Filled:
    """Put in what is to be told and was not yet; what waits and is not so any more falls away, where everything could be looked at."""
    with register.read() as session:
        plan = planned(session)
        wanted = plan.notices
        if not any(_differences(session, wanted)):
            return Filled(0, plan.broken)
    with register.write() as session:
        new, again, gone = _differences(session, wanted)  # somebody else may have put them in
        now = database_time(session)
        session.add_all(_row(wanted[key], now) for key in sorted(new))
        gone = set() if plan.broken else gone
        for state, keys in ((WAITING, sorted(again)), (VOID, sorted(gone))):
            for start in range(0, len(keys), _AT_ONCE):
                session.execute(update(NoticeRow).where(NoticeRow.key.in_(keys[start : start + _AT_ONCE])).values(state=state))
        return Filled(len(new | again), plan.broken)


def claim(register: Register, sender: str, *, without: Collection[str] = (), lasts: timedelta = CLAIM) -> Claimed | None:
    """Take one message that is due to be sent, for this sender alone; None if there is none.

    Args:
        without: connections that are not tried any more in this round.
    """
    with register.write() as session:
        now = database_time(session)
        row = session.scalars(select(NoticeRow).where(
            NoticeRow.state == WAITING, NoticeRow.next_at <= now, NoticeRow.connection.not_in(without),
            or_(NoticeRow.claimed_until.is_(None), NoticeRow.claimed_until <= now)).order_by(NoticeRow.id).limit(1)).first()
        if row is None:
            return None
        row.claimed_by, row.claimed_until = sender, now + lasts
        return Claimed(row.id, row.notifier, row.connection, row.recipient, Message.from_json(row.message))


def sent(register: Register, number: int) -> None:
    """Note that the server took a message, in the ledger too: who was reminded of what is evidence."""
    with register.write() as session:
        row = session.get_one(NoticeRow, number)
        if row.state == SENT:
            return
        row.state, row.sent_at, row.trouble, row.claimed_until = SENT, database_time(session), "", None
        append(session, NOTIFIED, {"about": row.about, "key": row.key, "level": row.message["level"], "notice": row.id, "recipient": recorded(row.recipient),
                                   "via": row.connection}, model_id=row.model_id)


def failed(register: Register, number: int, trouble: str) -> None:
    """Note why a message could not be sent, and when it is tried again: after a minute, then twice as long each time, at most six hours."""
    with register.write() as session:
        row = session.get_one(NoticeRow, number)
        if row.state == SENT:
            return
        row.attempts += 1
        row.trouble, row.claimed_until = trouble[:300], None
        row.next_at = database_time(session) + min(_FIRST * 2 ** min(row.attempts - 1, 20), _LONGEST)


def stuck(session: Session) -> list[Stuck]:
    """By connection: what could not be sent yet, and why."""
    found: dict[str, list[NoticeRow]] = {}
    for row in session.scalars(select(NoticeRow).where(NoticeRow.state == WAITING, NoticeRow.attempts > 0).order_by(NoticeRow.id)):
        found.setdefault(row.connection, []).append(row)
    return [Stuck(name, len(rows), rows[-1].trouble, min(row.at for row in rows)) for name, rows in sorted(found.items())]


def late(session: Session) -> Late:
    """What no sender took up, as a sender that is dead leaves it."""
    before = database_time(session) - PATIENCE
    waiting = session.scalars(select(func.count()).where(NoticeRow.state == WAITING, NoticeRow.at <= before)).one()
    plan = planned(session)
    new, again, _ = _differences(session, plan.notices)
    return Late(waiting, len(new | again), plan.broken)


def _differences(session: Session, wanted: Collection[str]) -> tuple[set[str], set[str], set[str]]:
    """Keys that are not in the outbox, keys that fell away there and are wanted again, and keys that wait there and are wanted no more."""
    query, keys = select(NoticeRow.key, NoticeRow.state), sorted(wanted)
    there = {row.key: row.state for row in session.execute(query.where(NoticeRow.state == WAITING))}
    for start in range(0, len(keys), _AT_ONCE):
        there |= {row.key: row.state for row in session.execute(query.where(NoticeRow.key.in_(keys[start : start + _AT_ONCE])))}
    again = {key for key, state in there.items() if state == VOID and key in wanted}
    return set(wanted) - set(there), again, {key for key, state in there.items() if state == WAITING and key not in wanted}


def _row(one: Notice, now: datetime) -> NoticeRow:
    return NoticeRow(key=str(one.key), about=one.about, model_id=one.occasion.model_id, connection=one.connection, notifier=one.notifier,
                     recipient=one.recipient, message=message_of(one).to_json(), state=WAITING, next_at=now)
