"""The state machine of findings, as data: severities, limits, and who may do what. `finding_states.py` works with it.

Every number and every division of labour here is a project default: no supervisor's text names such days. Drawn in
docs/explanation/states.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PROJECT_DEFAULT = "project default"


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    DISPUTED = "disputed"
    PLAN_AGREED = "plan_agreed"
    IN_REMEDIATION = "in_remediation"
    READY = "ready_for_verification"
    RISK_ACCEPTED = "risk_accepted"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Part(StrEnum):
    """In which part somebody acts on a finding."""

    OWNER = "owner"
    CONTROL = "control"
    SYSTEM = "system"


PARTS: Mapping[str, Part] = {
    "model_owner": Part.OWNER, "model_validator": Part.CONTROL, "internal_audit": Part.CONTROL, "model_risk_head": Part.CONTROL,
    "business_executive": Part.CONTROL, "system": Part.SYSTEM,
}
"""The roles of a bank's policy as governance.yaml knows them: the model's owner, or a role of the control side."""


@dataclass(frozen=True)
class Limit:
    """A length of time, and on what it rests."""

    lasts: timedelta
    basis: str = PROJECT_DEFAULT

    @property
    def days(self) -> int:
        """In whole days."""
        return self.lasts.days


def _days(number: int) -> Limit:
    return Limit(timedelta(days=number))


@dataclass(frozen=True)
class Severity:
    """What a severity means.

    Attributes:
        due: until when, counted from the opening, the finding is to be closed.
        blocks: `use` (nothing of the model goes live, and no gate is approved), `approval` (no gate that lets it go live is
            approved without a plan for it), or nothing.
        accepted_by: who together accept its risk, one person for each entry; nobody where it is empty.
        accepted_for: how long at most.
    """

    due: Limit
    blocks: str
    accepted_by: tuple[str, ...] = ()
    accepted_for: Limit | None = None


SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity(_days(30), "use"),
    "high": Severity(_days(90), "approval", ("model_risk_head", "business_executive"), _days(180)),
    "medium": Severity(_days(180), "", ("model_risk_head",), _days(365)),
    "low": Severity(_days(365), "", ("model_owner",), _days(730)),
}

DISPUTE, DECISION, PLAN = _days(10), _days(10), _days(15)
"""Until when after its opening a finding may be disputed; how long a dispute stands undecided; and until when, since it
is open, a plan should be agreed."""

EXTENSION = _days(90)
"""How far a due date may be moved, once."""


@dataclass(frozen=True)
class Act:
    """One thing that people, or the clock, may do to a finding.

    Attributes:
        before: the states in which it may be done.
        after: the state that follows; None where it stays as it is.
        by: one person for each entry; any of the roles of an entry.
        needs: what must be said with it: words, evidence, controls, until.
        observed: may also be done to what a machine observes, which itself sees when that is over.
        not_by_opener: whoever opened the finding does not do it.
    """

    before: frozenset[State]
    after: State | None
    by: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...] = ("words",)
    observed: bool = False
    not_by_opener: bool = False


_VERIFIERS, _HEAD, _OWNER = ("model_validator", "internal_audit"), ("model_risk_head",), ("model_owner",)
_WORKED_ON = frozenset({State.OPEN, State.PLAN_AGREED, State.IN_REMEDIATION})

ACCEPT_RISK, REOPEN = "accept-risk", "reopen"

ACTS: Mapping[str, Act] = {
    "dispute": Act(frozenset({State.OPEN}), State.DISPUTED, (_OWNER,)),
    "withdraw": Act(frozenset({State.DISPUTED}), State.WITHDRAWN, (_HEAD,), not_by_opener=True),
    "uphold": Act(frozenset({State.DISPUTED}), State.OPEN, (_HEAD,), not_by_opener=True),
    "plan": Act(frozenset({State.OPEN}), State.PLAN_AGREED, (_OWNER, ("model_validator",)), observed=True),
    "start": Act(frozenset({State.PLAN_AGREED}), State.IN_REMEDIATION, (_OWNER,), (), observed=True),
    "hand-in": Act(frozenset({State.IN_REMEDIATION}), State.READY, (_OWNER,), ("words", "evidence")),
    "close": Act(frozenset({State.READY}), State.CLOSED, (_VERIFIERS,), ("words", "evidence")),
    "return": Act(frozenset({State.READY}), State.IN_REMEDIATION, (_VERIFIERS,)),
    ACCEPT_RISK: Act(_WORKED_ON, State.RISK_ACCEPTED, (), ("words", "controls", "until"), observed=True),
    "extend": Act(_WORKED_ON | {State.READY}, None, (_HEAD,), ("words", "until"), observed=True),
    REOPEN: Act(frozenset({State.RISK_ACCEPTED, State.DISPUTED}), State.OPEN, (("system",),), (), observed=True),
}
"""By name. Who accepts a risk is told by the severity."""

ENDED = frozenset({State.CLOSED, State.WITHDRAWN})
"""What no act leads out of."""


def asked_of(act: str, severity: str) -> tuple[frozenset[Part], ...]:
    """Of whom an act is asked, one person for each entry; empty if of nobody."""
    if act == ACCEPT_RISK:
        return tuple(frozenset({PARTS[role]}) for role in SEVERITIES[severity].accepted_by)
    return tuple(frozenset(PARTS[role] for role in roles) for roles in ACTS[act].by)
