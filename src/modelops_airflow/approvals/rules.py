"""The rules of a gate, as pure functions over its decisions.

Enough means: for each role, so many different persons who hold the role now and are no authors.
Nobody counts twice. A rejection wins until its author takes it back. A decision that expired or
was withdrawn, whose signature does not hold, or whose person lost the role, does not count, and the
reason is said. A rejection counts even without its signature: stopping takes less than starting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..spec.types import Governance
from .identity import holders, is_among

APPROVE, REJECT = "approve", "reject"
OPEN, APPROVED, REJECTED = "open", "approved", "rejected"


@dataclass(frozen=True)
class Gate:
    """What a gate asks.

    Attributes:
        step: its id in the life cycle.
        roles: role -> number of different persons.
        meaning: validate, approve or attest.
        owner: the model's owner, who alone may attest.
    """

    step: str
    roles: Mapping[str, int]
    meaning: str
    owner: str | None = None


@dataclass(frozen=True)
class Decision:
    """One person's statement at a gate, over the gate's subject.

    Attributes:
        doubt: why its signature does not hold; empty if it does, or if none is asked for.
    """

    step: str
    person: str
    role: str
    decision: str
    expires_at: datetime | None = None
    withdrawn: bool = False
    doubt: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a gate stands.

    Attributes:
        missing: role -> how many persons are still needed.
        void: why decisions that were made do not count.
    """

    state: str
    missing: Mapping[str, int]
    void: tuple[str, ...] = ()

    @property
    def lacking(self) -> str:
        """Who is still needed, in words: `1 more risk`; empty if nobody is."""
        return ", ".join(f"{number} more {role}" for role, number in self.missing.items())


def evaluate(
    gate: Gate, decisions: Sequence[Decision], authors: Iterable[str], governance: Governance, now: datetime
) -> Standing:
    """Where a gate stands with these decisions over its subject."""
    names = list(authors)
    at_gate = [one for one in decisions if one.step == gate.step and not one.withdrawn]
    if any(one.decision == REJECT for one in at_gate):
        return Standing(REJECTED, {})
    elsewhere = {one.person for one in decisions
                 if one.step != gate.step and not one.withdrawn and one.decision == APPROVE and not one.doubt}
    counted: dict[str, set[str]] = {}
    used: set[str] = set()
    void: list[str] = []
    for one in at_gate:
        reason = _void(gate, one, names, governance, now)
        if not reason and one.person in elsewhere and one.person not in used and _earlier_elsewhere(decisions, one, now):
            reason = "also decided at another gate of this run"
        if reason:
            void.append(f"{one.person}: {reason}")
        elif one.person not in used:
            used.add(one.person)
            counted.setdefault(one.role, set()).add(one.person)
    missing = {role: number - len(counted.get(role, ())) for role, number in gate.roles.items()
               if len(counted.get(role, ())) < number}
    enough = bool(gate.roles) and not missing and all(number >= 1 for number in gate.roles.values())
    return Standing(APPROVED if enough else OPEN, missing, tuple(void))


def refusal(
    gate: Gate,
    person: str | None,
    decision: str,
    decisions: Sequence[Decision],
    authors: Iterable[str],
    governance: Governance,
    now: datetime,
) -> tuple[str, str] | None:
    """Why a person may not decide now, as (code, sentence); None if they may."""
    if person is None:
        return "unknown-person", "governance.yaml names no person with this login; ask an administrator to add you"
    if not attests(gate) and is_among(governance, person, authors):
        return "author", f"{person} is among the authors of this version, and authors never decide over it"
    mine = [one for one in decisions if one.person == person and not one.withdrawn and not _expired(one, now)]
    if any(one.step == gate.step for one in mine):
        return "decided", f"{person} has already decided at this gate"
    if decision == APPROVE and any(one.decision == APPROVE for one in mine):
        return "decided", f"{person} has already approved at another gate of this run, and nobody counts twice"
    if role_for(gate, person, decisions, authors, governance, now) is None:
        asked = ", ".join(gate.roles)
        return "role", f"{person} holds none of the roles this gate still asks for ({asked})"
    return None


def role_for(
    gate: Gate,
    person: str,
    decisions: Sequence[Decision],
    authors: Iterable[str],
    governance: Governance,
    now: datetime,
) -> str | None:
    """The role in which a person decides: one still missing first, else any of the gate's they hold."""
    missing = evaluate(gate, decisions, authors, governance, now).missing
    held = [role for role in gate.roles if person in holders(governance, role, gate.owner)]
    return next((role for role in held if role in missing), held[0] if held else None)


def _void(gate: Gate, one: Decision, authors: Sequence[str], governance: Governance, now: datetime) -> str:
    if one.decision != APPROVE:
        return ""
    if one.doubt:
        return one.doubt
    if _expired(one, now):
        return "the approval has expired"
    if one.role not in gate.roles or one.person not in holders(governance, one.role, gate.owner):
        return f"no longer holds the role {one.role}"
    if not attests(gate) and is_among(governance, one.person, authors):
        return "is among the authors"
    return ""


def attests(gate: Gate) -> bool:
    """Whether the gate asks the owner for a statement on their own model; the one thing an author may say."""
    return gate.meaning == "attest" and set(gate.roles) == {"owner"}


def _expired(one: Decision, now: datetime) -> bool:
    return one.expires_at is not None and one.expires_at <= now


def _earlier_elsewhere(decisions: Sequence[Decision], mine: Decision, now: datetime) -> bool:
    """Whether the person's first approval in force among all gates was at another one (decisions are in order)."""
    for one in decisions:
        if one.person == mine.person and one.decision == APPROVE and not one.withdrawn and not one.doubt and not _expired(one, now):
            return one.step != mine.step
    return False
