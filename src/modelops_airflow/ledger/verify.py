"""Verifying the ledger: every event is hashed again, every index is there."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from .table import EventRow
from .tree import grown, leaf_hash, root_of


def verify(session: Session) -> list[str]:
    """What is wrong with the ledger; empty if every event is as it was appended."""
    problems: list[str] = []
    frontier: list[bytes] = []
    for expected, event in enumerate(session.scalars(select(EventRow).order_by(EventRow.index).execution_options(yield_per=1000))):
        if event.index != expected:
            return [*problems, f"event {expected} is missing; the next one is {event.index}"]
        frontier = grown(frontier, expected, leaf_hash(event.body))
        told = json.loads(event.body)
        if event.leaf != leaf_hash(event.body).hex() or event.root != root_of(frontier).hex():
            problems.append(f"event {expected} is not what was appended")
        if (told["index"], told["kind"], told["outcome"], told["model"]) != (expected, event.kind, event.outcome, event.model_id):
            problems.append(f"event {expected}: its columns say something else than its body")
    return problems
