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
from ..policy.finding_rules import SEVERITIES, Part

PREFIX, OPEN = "finding-", "open"
"""Every act is an event of this kind with the act's name behind it."""
_TEXTS = ("by", "controls", "owner", "said", "words")


@dataclass(frozen=True)
class Findings:
    """What the ledger has of some models' findings.

    Attributes:
        by_number: every finding that a person acted on, by its row's id.
        events: of each of them its events, in order.
        doubts: what the ledger has and the rules do not permit, or nobody can read.
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
    played, events, unread = [], dict[int, list[dict[str, Any]]](), list[str]()
    for index, kind, model, body in rows:
        facts, act = json.loads(body)["facts"], kind.removeprefix(PREFIX)
        told = _read(act, facts)
        if told is None:
            unread.append(f"event {index}: a {kind} of {model} that cannot be read, and changes nothing")
            continue
        played.append((act, told, facts))
        events.setdefault(facts["finding"], []).append({"index": index, "act": act, "model": model, **facts})
    found, doubts = replay(played)
    return Findings(found, events, unread + doubts)


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
