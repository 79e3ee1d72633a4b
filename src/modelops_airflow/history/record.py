"""What the ledger has of models, read once: each answer about a moment then leaves out what is later."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..governance.control_waivers import KINDS as WAIVERS
from ..governance.on_record import GOVERNED
from ..ledger import EventRow

KINDS = (*WAIVERS, "break-glass-ended", "decided", "decision", "defined", "definition-missing", "gate-opened", "live", "pinned", "promotion", "pulled-back", "retired",
         "suspended", "withdrawal")
"""Kinds of events of a model that answers rest on; results are read for each run apart."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Event:
    """One event that was done.

    Attributes:
        index: its place in the ledger.
    """

    index: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """All that answers about one model rest on, in the ledger's order.

    Attributes:
        governance: what was put in force, for every model.
    """

    model: str
    events: tuple[Event, ...] = ()
    governance: tuple[Event, ...] = ()

    def until(self, at: datetime) -> Record:
        """The record as it was at a moment: what is later is not in it."""
        return Record(self.model, tuple(one for one in self.events if one.at <= at), tuple(one for one in self.governance if one.at <= at))

    def of(self, *kinds: str) -> Iterator[Event]:
        """The model's events of some kinds."""
        return (one for one in self.events if one.kind in kinds)

    @property
    def index(self) -> int | None:
        """Of the last event in it; None where there is none."""
        return max((one.index for one in (*self.events, *self.governance)), default=None)


def records(session: Session, models: Collection[str]) -> dict[str, Record]:
    """The record of each model, in a few queries however many there are."""
    governance, found = tuple(_events(session, EventRow.kind.in_(GOVERNED))), {model: list[Event]() for model in sorted(models)}
    names = list(found)
    for start in range(0, len(names), _AT_ONCE):
        query = select(EventRow.model_id, EventRow.body).where(
            EventRow.model_id.in_(names[start:start + _AT_ONCE]), EventRow.kind.in_(KINDS), EventRow.outcome == "done").order_by(EventRow.index)
        for model, body in session.execute(query):
            found[str(model)].append(_event(body))
    return {model: Record(model, tuple(events), governance) for model, events in found.items()}


def recorded_between(session: Session, model: str, first: int, last: int) -> Iterable[Event]:
    """The results of a model's runs between two indexes."""
    return _events(session, EventRow.kind == "recorded", EventRow.model_id == model, EventRow.index > first, EventRow.index < last)


def _events(session: Session, *where: ColumnElement[bool]) -> Iterator[Event]:
    for body in session.scalars(select(EventRow.body).where(*where, EventRow.outcome == "done").order_by(EventRow.index)):
        yield _event(body)


def _event(body: bytes) -> Event:
    told = json.loads(body)
    return Event(told["index"], datetime.fromisoformat(told["at"]), told["kind"], told["facts"])
