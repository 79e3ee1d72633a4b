"""Verifying the ledger: every event is hashed again, every index is there, every column agrees."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from .append import instant
from .table import EventRow
from .tree import grown, leaf_hash


def verify(session: Session) -> list[str]:
    """What is wrong with the ledger; empty if every event is as it was appended.

    Events taken off the end do not show here: that takes a root that was kept elsewhere.
    """
    problems: list[str] = []
    frontier: list[bytes] = []
    expected = 0
    try:
        for event in session.scalars(select(EventRow).order_by(EventRow.index).execution_options(yield_per=1000)):
            if event.index != expected:
                return [*problems, f"event {expected} is missing; the next one is {event.index}"]
            frontier = grown(frontier, expected, leaf_hash(event.body))
            problems += _event_problems(event, frontier)
            expected += 1
    except (ValueError, TypeError) as error:  # a column that no longer reads as its type
        problems.append(f"event {expected} cannot be read: {error}")
    return problems


def _event_problems(event: EventRow, frontier: list[bytes]) -> list[str]:
    problems = []
    if (event.leaf, event.frontier) != (leaf_hash(event.body).hex(), [part.hex() for part in frontier]):
        problems.append(f"event {event.index} is not what was appended")
    try:
        told = json.loads(event.body)
        body = (told["index"], told["kind"], told["outcome"], told["model"], told["at"])
    except (ValueError, KeyError, TypeError):
        return [*problems, f"event {event.index} is not readable"]
    if body != (event.index, event.kind, event.outcome, event.model_id, instant(event.at)) or event.at.microsecond:
        problems.append(f"event {event.index}: its columns say something else than its body")
    return problems
