"""Appending an event, last in a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import canonical, recorded
from ..errors import LedgerError
from .table import EventRow
from .tree import grown, leaf_hash

MOST_BYTES, MOST_DEPTH = 262_144, 20
"""How large an event may be, and how deep its lists and objects may lie in each other: readers recurse, and an event
stays for ever. The largest of ours names every version of a retired model, or every author of one; Postgres has the same."""

_LOCK = 0x6D6F64656C6F7073  # "modelops": the advisory lock of all appenders on Postgres

_NAMES = ("auth", "authors", "by", "proposed_by")
"""Facts that are names of people, as Airflow and git know them: the ledger has addresses among them as digests."""


def append(
    session: Session, kind: str, facts: dict[str, Any], *, model_id: str | None = None, outcome: str = "done"
) -> None:
    """Append an event to the ledger in the caller's transaction.

    Args:
        facts: JSON; references and digests only, no personal data and no free text. Of names that are
            e-mail addresses the digests are kept.

    The index is gapless because writers take turns: SQLite by BEGIN IMMEDIATE, Postgres by an
    advisory lock that ends with the transaction.

    Raises:
        LedgerError: it is larger or deeper than readers of the ledger must cope with.
    """
    _require_shallow(kind, facts)
    session.flush()
    facts = {key: _without_addresses(value) if key in _NAMES else value for key, value in facts.items()}
    if session.get_bind().dialect.name == "postgresql":
        _append_there(session, kind, facts, model_id, outcome)
        return
    last = tip(session)
    index = 0 if last is None else last.index + 1
    at = database_time(session).replace(microsecond=0)  # the column says what the body says
    body = body_of(index, kind, facts, model_id=model_id, outcome=outcome, at=at, login=None)
    leaf = leaf_hash(body)
    before = [] if last is None else [bytes.fromhex(part) for part in last.frontier]
    frontier = grown(before, index, leaf)
    session.add(EventRow(index=index, kind=kind, outcome=outcome, model_id=model_id, body=body, leaf=leaf.hex(),
                         frontier=[part.hex() for part in frontier], at=at))
    session.flush()


def _without_addresses(named: Any) -> Any:
    if isinstance(named, list):
        return [_without_addresses(one) for one in named]
    return recorded(named) if isinstance(named, str) else named


def _append_there(session: Session, kind: str, facts: dict[str, Any], model_id: str | None, outcome: str) -> None:
    """Postgres appends by its own function, which checks what it is told; no login may write the table."""
    turn = session.execute(text("SELECT idx, at, login FROM modelops_turn()")).one()
    body = body_of(turn.idx, kind, facts, model_id=model_id, outcome=outcome, at=turn.at, login=turn.login)
    session.execute(text("SELECT idx FROM modelops_append(:body)"), {"body": body})


def body_of(
    index: int, kind: str, facts: dict[str, Any], *, model_id: str | None, outcome: str, at: datetime, login: str | None
) -> bytes:
    """The canonical bytes of an event: what is hashed, and what every column must agree with.

    Raises:
        LedgerError: they are too many.
    """
    body = canonical({"at": instant(at), "facts": facts, "index": index, "kind": kind, "login": login,
                      "model": model_id, "outcome": outcome})
    if len(body) > MOST_BYTES:
        raise LedgerError(f"the event {kind} has {len(body)} bytes; expected at most {MOST_BYTES}: facts are references and digests")
    return body


def _require_shallow(kind: str, facts: dict[str, Any]) -> None:
    """Without recursion: what is too deep must be told, not end in an error of its own."""
    level: list[Any] = [facts]
    for _ in range(MOST_DEPTH - 1):  # the event is an object around its facts
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list, tuple))]
        level = [one for values in inner for one in values]
    if any(isinstance(one, (dict, list, tuple)) for one in level):
        raise LedgerError(f"the facts of the event {kind} are nested more than {MOST_DEPTH} deep")


def take_turn(session: Session) -> None:
    """Wait until no other writer is at work; on SQLite the transaction has begun IMMEDIATE and this is so."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def instant(at: datetime) -> str:
    """A time as it stands in the body of an event."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tip(session: Session) -> EventRow | None:
    """The last event."""
    return session.scalars(select(EventRow).order_by(EventRow.index.desc()).limit(1)).first()
