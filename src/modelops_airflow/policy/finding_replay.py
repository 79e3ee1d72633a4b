"""Findings played again from the events of a ledger, by the rules that let the acts through.

What the rules do not permit changes nothing: a forged closure leaves the finding open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from .finding import Finding, Told, Who, opened
from .finding_rules import SEVERITIES, Part
from .finding_states import done, refusal


def replay(events: Iterable[tuple[str, Told, Mapping[str, str | None]]]) -> tuple[dict[int, Finding], list[str]]:
    """Findings by number as a ledger tells them, and what in it the rules do not permit.

    Args:
        events: kind of act (`open` among them), what was told, and its facts: finding, by, part, owner; of an `open`, and where a machine
            opened the finding of every act, also severity and due.
    """
    found: dict[int, Finding] = {}
    doubts: list[str] = []
    for act, told, facts in events:
        number = int(facts["finding"] or 0)
        if act == "open":
            if number not in found:
                found[number] = opened(number, str(facts["severity"]), told.at, facts["by"], facts["owner"])
            continue
        before = found.get(number) or _observed(number, told, facts)
        part = Part(str(facts["part"]))
        who = Who(facts["by"], part is Part.OWNER, part is Part.CONTROL and facts["by"] != facts["owner"], part is Part.SYSTEM)
        refused = refusal(before, told, who)
        if refused is None:
            found[number] = done(before, told, str(facts["by"]), part)
        else:
            doubts.append(f"finding {number}: the ledger has {act} by {facts['by']}, which is not permitted: {refused[1]}")
    return found, doubts


def _observed(number: int, told: Told, facts: Mapping[str, str | None]) -> Finding:
    """What a machine opened, before the first act of a person; its opening is where its due date says."""
    severity = str(facts["severity"])
    due = datetime.fromisoformat(str(facts["due_before"]))
    at = due - SEVERITIES[severity].due.lasts
    return Finding(number, severity, at, due, at, raised=False, owner=facts["owner"])
