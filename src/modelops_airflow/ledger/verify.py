"""Verifying the ledger: every event is hashed again, every index is there, every column agrees.

Rows are read raw and in pages, never as objects: what the database holds is compared, at more than
50,000 events a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from .checkpoint import Checkpoint
from .walk import RawEvent, Walk

_PAGE = 10_000
_ENOUGH = 1000  # problems; who finds so many reads no more
_FIRST = -(2**63)
_COLUMNS = {
    "sqlite": "frontier, replace(at, ' ', 'T')",
    "postgresql": """frontier::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')""",
}


@dataclass(frozen=True)
class Verification:
    """What verifying showed.

    Attributes:
        size: events that were read.
        root: tree hash over them, 32 bytes.
        problems: what is wrong, each with the event's index; none if all is as it was appended.
        anchored: events that an anchored checkpoint pins; 0 if there is none: *self-attested*.
    """

    size: int
    root: bytes
    problems: tuple[str, ...]
    anchored: int


def verify(session: Session, anchored: Checkpoint | None = None) -> list[str]:
    """What is wrong with the ledger; empty if every event is as it was appended.

    Without a checkpoint that was kept elsewhere, events taken off the end do not show, nor does a
    ledger that was written anew as a whole.
    """
    return list(examine(session, [anchored] if anchored else []).problems)


def examine(
    session: Session, anchored: Iterable[Checkpoint] = (), progress: Callable[[int], None] | None = None
) -> Verification:
    """Verify the ledger.

    Args:
        anchored: checkpoints from outside the database whose signatures were verified.
        progress: called after each page with the number of events so far. It may end the session's
            transaction, so that writers of SQLite need not wait: events never change.
    """
    pins = list(anchored)
    walk = Walk(pins)
    problems: list[str] = []
    try:
        for page in pages(session):
            problems += islice(walk.over(page), _ENOUGH)
            if progress:
                progress(walk.size)
            if len(problems) >= _ENOUGH or walk.size <= page[-1][0]:
                break
        else:
            problems += walk.end()
    except (DatabaseError, session.get_bind().dialect.loaded_dbapi.Error) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        problems.append(f"event {walk.size} or one after it cannot be read: {str(said).splitlines()[0]}")
    return Verification(walk.size, walk.root, tuple(problems[:_ENOUGH]), max((one.size for one in pins), default=0))


def pages(session: Session) -> Iterator[list[RawEvent]]:
    """All events in order, as the database holds them."""
    dialect = session.get_bind().dialect.name
    start = _FIRST
    while rows := _page(session, f"SELECT idx, kind, outcome, model_id, body, leaf, {_COLUMNS[dialect]} FROM modelops_event "  # noqa: S608 - our own text
                        f"WHERE idx >= {start} ORDER BY idx LIMIT {_PAGE}", dialect):
        yield rows
        start = rows[-1][0] + 1


def _page(session: Session, query: str, dialect: str) -> list[Any]:
    """Rows by the driver's own cursor, on Postgres in its binary form: a third of the time."""
    driver: Any = session.connection().connection.driver_connection
    cursor = driver.cursor(binary=True) if dialect == "postgresql" else driver.cursor()
    with closing(cursor):
        return list(cursor.execute(query).fetchall())
