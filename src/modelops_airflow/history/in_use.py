"""Which versions were in use at a moment, by what was read back from places and by what took them out again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..governance.strategy import CANARY
from .record import Event, Record


@dataclass(frozen=True)
class InUse:
    """A version in use in an environment.

    Attributes:
        index: of the event that says that it is live.
    """

    environment: str
    version: str
    index: int


def in_use(record: Record) -> list[InUse]:
    """What is in use at the end of a record, the latest last; a canary is on trial and not in use."""
    permitted: dict[tuple[str, int], Mapping[str, Any]] = {}
    there: dict[str, Event] = {}
    for event in record.of("promotion", "live", "suspended", "pulled-back", "retired", "break-glass-ended"):
        facts = event.facts
        if event.kind == "promotion":
            permitted[facts["environment"], facts["epoch"]] = facts
        elif event.kind == "live":
            there.pop(facts["environment"], None)
            if _permission(permitted, facts).get("cause") != CANARY:
                there[facts["environment"]] = event
        else:
            there = {place: live for place, live in there.items() if not _ends(event, live.facts, _permission(permitted, live.facts))}
    return [InUse(place, live.facts["version"], live.index) for place, live in there.items()]


def _permission(permitted: Mapping[tuple[str, int], Mapping[str, Any]], live: Mapping[str, Any]) -> Mapping[str, Any]:
    return permitted.get((live["environment"], live["epoch"]), {})


def _ends(event: Event, live: Mapping[str, Any], permission: Mapping[str, Any]) -> bool:
    """Whether an event took what is live out of service."""
    facts = event.facts
    if event.kind == "retired":
        return bool(live["version"] in facts["versions"])
    if event.kind == "break-glass-ended":
        return bool(facts["how"] != "approved" and facts["subject"] == permission.get("subject"))
    return bool(facts["environment"] == live["environment"] and facts.get("deployment", live["deployment"]) == live["deployment"])
