"""Findings as the ledger has them: the events of people's acts, played through the rules. Rows are a copy to search in."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import FindingRow
from ..ledger import EventRow
from ..policy.finding import Finding, Told
from ..policy.finding_replay import replay
from ..policy.finding_rules import SEVERITIES, Part

PREFIX, OPEN = "finding-", "open"
"""Every act is an event of this kind with the act's name behind it."""
Key = tuple[str, int]
_TEXTS = ("by", "controls", "owner", "said", "words")


@dataclass(frozen=True)
class Findings:
    """What the ledger has of some models' findings.

    Attributes:
        found: every finding that a person acted on, by its model and its row's id.
        events: of each of them its events, in order.
        doubts: what the ledger has and the rules do not permit, or nobody can read.
    """

    found: Mapping[Key, Finding]
    events: Mapping[Key, list[dict[str, Any]]]
    doubts: list[str]

    def of(self, row: FindingRow) -> Finding:
        """The finding of a row; one that nobody acted on is as the machine's row has it."""
        return self.found.get((row.model_id, row.id)) or observed(row)

    def events_of(self, row: FindingRow) -> list[dict[str, Any]]:
        """The events of a row's finding, in order."""
        return self.events.get((row.model_id, row.id), [])


def findings_on_record(session: Session, models: Collection[str] | None) -> Findings:
    """The findings of some models, by the ledger alone; of all there are, and of events about no model, where none are named.

    Each model's events are played apart: what is told of one changes nothing of another's findings.
    """
    query = select(EventRow.index, EventRow.kind, EventRow.model_id, EventRow.body).where(EventRow.kind.like(f"{PREFIX}%"), EventRow.outcome == "done").order_by(EventRow.index)
    played, events, doubts = defaultdict[str, list[tuple[str, Told, Mapping[str, Any]]]](list), defaultdict[Key, list[dict[str, Any]]](list), list[str]()
    for index, kind, model, body in session.execute(query if models is None else query.where(EventRow.model_id.in_(models))):
        facts, act = json.loads(body)["facts"], kind.removeprefix(PREFIX)
        told = _read(act, facts)
        if told is None or model is None:
            doubts.append(f"event {index}: a {kind} of {model or 'no model'} that cannot be read, and changes nothing")
            continue
        played[model].append((act, told, facts))
        events[model, facts["finding"]].append({"index": index, "act": act, "model": model, **facts})
    found = dict[Key, Finding]()
    for model, acts in played.items():
        by_number, refused = replay(acts)
        found |= {(model, number): finding for number, finding in by_number.items()}
        doubts += [f"{model}, {doubt}" for doubt in refused]
    return Findings(found, events, doubts)


def observed(row: FindingRow) -> Finding:
    """What a machine opened, as its row has it."""
    due = row.due_at or row.opened_at + SEVERITIES[row.severity].due.lasts
    return Finding(row.id, row.severity, row.opened_at, due, row.opened_at, raised=False, owner=row.owner)


def moment(told: str) -> datetime:
    """A time as the body of an event has it."""
    return datetime.fromisoformat(told).astimezone(UTC)


def _read(act: str, facts: Mapping[str, Any]) -> Told | None:
    """What was told with an act; None if the event is not as those of acts are. Tasks tell some, so that none may stop the others."""
    try:
        until = moment(facts["until"]) if facts["until"] else None
        _ = moment(facts["due_before"]) - SEVERITIES[facts["severity"]].due.lasts, Part(facts["part"])
        known = type(facts["finding"]) is int and all(facts[name] is None or isinstance(facts[name], str) for name in _TEXTS)
        return Told(act, moment(facts["at"]), has_of(facts), facts["said"] or "", until) if known else None
    except (KeyError, OverflowError, TypeError, ValueError):
        return None


def has_of(facts: Mapping[str, Any]) -> frozenset[str]:
    """What was said with an act, by name."""
    return frozenset(name for name in ("words", "evidence", "controls", "until") if facts.get(name))
