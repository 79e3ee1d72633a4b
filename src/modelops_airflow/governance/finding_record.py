"""Findings as the ledger has them: the events of people's acts, played through the rules. Rows are a copy to search in."""

from __future__ import annotations

import json
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
from ..policy.finding_rules import SEVERITIES

PREFIX, OPEN = "finding-", "open"
"""Every act is an event of this kind with the act's name behind it."""


@dataclass(frozen=True)
class Findings:
    """What the ledger has of some models' findings.

    Attributes:
        by_number: every finding that a person acted on, by its row's id.
        events: of each of them its events, in order.
        doubts: what the ledger has and the rules do not permit.
    """

    by_number: Mapping[int, Finding]
    events: Mapping[int, list[dict[str, Any]]]
    doubts: list[str]

    def of(self, row: FindingRow) -> Finding:
        """The finding of a row; one that nobody acted on is as the machine's row has it."""
        return self.by_number.get(row.id) or observed(row)


def findings_on_record(session: Session, models: Collection[str]) -> Findings:
    """The findings of some models, by the ledger alone."""
    rows = session.execute(select(EventRow.index, EventRow.kind, EventRow.model_id, EventRow.body).where(
        EventRow.kind.like(f"{PREFIX}%"), EventRow.model_id.in_(models), EventRow.outcome == "done").order_by(EventRow.index))
    played, events = [], dict[int, list[dict[str, Any]]]()
    for index, kind, model, body in rows:
        facts, act = json.loads(body)["facts"], kind.removeprefix(PREFIX)
        played.append((act, _told(act, facts), facts))
        events.setdefault(facts["finding"], []).append({"index": index, "act": act, "model": model, **facts})
    found, doubts = replay(played)
    return Findings(found, events, doubts)


def observed(row: FindingRow) -> Finding:
    """What a machine opened, as its row has it."""
    due = row.due_at or row.opened_at + SEVERITIES[row.severity].due.lasts
    return Finding(row.id, row.severity, row.opened_at, due, row.opened_at, raised=False, owner=row.owner)


def moment(told: str) -> datetime:
    """A time as the body of an event has it."""
    return datetime.fromisoformat(told).astimezone(UTC)


def _told(act: str, facts: Mapping[str, Any]) -> Told:
    until = moment(facts["until"]) if facts["until"] else None
    return Told(act, moment(facts["at"]), has_of(facts), facts["said"] or "", until)


def has_of(facts: Mapping[str, Any]) -> frozenset[str]:
    """What was said with an act, by name."""
    return frozenset(name for name in ("words", "evidence", "controls", "until") if facts.get(name))
