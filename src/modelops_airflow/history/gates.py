"""Where the gates of a run stood at the end of a record: by the decisions, the governance and the authors of then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..approvals.identity import identities, logins
from ..approvals.rules import APPROVE, APPROVED, OPEN, REJECT, REJECTED, Decision, Gate, evaluate
from ..digest import recorded
from ..evidence.manifest import environment_of, gates_of
from ..governance.gate import meaning_of
from ..policy.control_evidence import GateEvidence
from ..spec.types import Governance
from .reader import Reader
from .record import Event, Record
from .runs import RunThen


@dataclass(frozen=True)
class GateThen:
    """A gate, and the decisions at it that were in force."""

    evidence: GateEvidence
    decisions: tuple[Event, ...]


def gates(record: Record, reader: Reader, run: RunThen, at: datetime) -> list[GateThen]:
    """Where each gate of a run stood."""
    plan, subject = reader.document(run.plan), run.subject
    rules, told = gates_of(plan), _in_force(record, subject, environment_of(plan))
    opened = {one.facts["step"] for one in record.of("gate-opened") if one.facts["subject"] == subject}
    governed = record.governance[-1].facts["governance"] if record.governance else None
    if governed is None:
        return [_gate(step, options, OPEN, (), None) for step, options in rules.items() if step in opened]
    governance = reader.governance(governed)
    doubted = reader.doubts(record, subject, {place: number for place, (number, _) in told.items()}, rules)
    made = [_decision(place, event, doubted.get(place, "")) for place, (_, event) in told.items()]
    authors = _authors(record, reader, run, governance)
    found = []
    for step, options in rules.items():
        if step not in opened:
            continue
        standing = evaluate(Gate(step, dict(options["roles"]), meaning_of(options), str(plan["model"]["owner"])), made, authors, governance, at)
        void = {line.partition(": ")[0] for line in standing.void}
        there = tuple(event for (where, _), (_, event) in told.items() if where == step)
        counted = [one.at for one in there if one.facts["decision"] == APPROVE and one.facts["person"] not in void]
        rejected = [one.at for one in there if one.facts["decision"] == REJECT]
        settled = max({APPROVED: counted, REJECTED: rejected}.get(standing.state, []), default=None)
        found.append(_gate(step, options, standing.state, there, settled))
    return found


def _gate(step: str, options: Mapping[str, Any], state: str, decisions: tuple[Event, ...], settled: datetime | None) -> GateThen:
    return GateThen(GateEvidence(step, state, dict(options.get("roles", {})), tuple(options.get("controls", ())), settled), decisions)


def _in_force(record: Record, subject: str, environment: str | None) -> dict[tuple[str, str], tuple[int, Event]]:
    """(step, person) -> how many decisions they had made there, and the last, where it was neither taken back nor voided by a stop."""
    found: dict[tuple[str, str], tuple[int, Event]] = {}
    made: dict[tuple[str, str], int] = {}
    for event in record.of("decision", "withdrawal", "suspended"):
        if event.kind == "suspended":
            if event.facts["environment"] == environment:
                found = {place: kept for place, kept in found.items() if kept[1].facts["decision"] == REJECT}
        elif event.facts["subject"] == subject:
            place = event.facts["step"], event.facts["person"]
            found.pop(place, None)
            if event.kind == "decision":
                made[place] = made.get(place, 0) + 1
                found[place] = made[place], event
    return found


def _decision(place: tuple[str, str], event: Event, doubt: str) -> Decision:
    ends = event.facts["expires"]
    return Decision(*place, event.facts["role"], event.facts["decision"], datetime.fromisoformat(ends) if ends else None, False, doubt)


def _authors(record: Record, reader: Reader, run: RunThen, governance: Governance) -> list[str]:
    """Who had a hand in the version by then: whom the ledger names with any version of the same bytes, and who wrote a list of approvers since."""
    pinned = [one for one in record.of("pinned") if one.facts["artifact"] == run.artifact]
    told = frozenset(name for one in pinned for name in one.facts["authors"])
    first = min(one.index for one in pinned)
    earlier = [one for one in record.governance if one.index < first][-1:]
    lists = frozenset(str(one.facts["governance"]) for one in (*earlier, *(one for one in record.governance if one.index > first)))
    persons = [person for person in governance.people if told & {spelled for name in _names(governance, person) for spelled in (name, recorded(name))}]
    return sorted({*reader.names(record.model, run.artifact, told), *reader.list_changers(lists), *persons})


def _names(governance: Governance, person: str) -> set[str]:
    facts = governance.people[person]
    return {*identities(governance, person), *facts.git, *logins(governance, person)}
