"""A finding as the acts of people left it, who would act on it, and what they say; and how it stands at a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from .finding_rules import DECISION, DISPUTE, ENDED, PLAN, SEVERITIES, Part, State


@dataclass(frozen=True)
class Proposal:
    """What one of two people has agreed to.

    Attributes:
        terms: digest of the words that both must agree to.
        until: when it ends, where it has an end.
    """

    act: str
    terms: str
    by: str
    part: Part
    until: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """A finding as the acts of people left it.

    Attributes:
        raised: opened by a person; what a machine opened it also ends.
        owner: who owned the model when it was opened.
        since: since when it is in its state.
        handed_in_by: who handed in the last evidence of its remediation.
        expires_at: when the acceptance of its risk ends.
        asked: what waits for a second person.
    """

    number: int
    severity: str
    opened_at: datetime
    due_at: datetime
    since: datetime
    raised: bool = True
    opened_by: str | None = None
    owner: str | None = None
    state: State = State.OPEN
    disputed: bool = False
    extended: bool = False
    handed_in_by: str | None = None
    expires_at: datetime | None = None
    asked: Proposal | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing remains to be done."""
        return self.state in ENDED

    def overdue(self, at: datetime) -> bool:
        """Whether it should have been closed by now; a risk that is accepted owes nothing for a while."""
        return not self.ended and self.state is not State.RISK_ACCEPTED and self.due_at <= at

    def disputable(self, at: datetime) -> bool:
        """Whether it may still be disputed."""
        return not self.disputed and at <= self.opened_at + DISPUTE.lasts

    def plan_overdue(self, at: datetime) -> bool:
        """Whether it should have a plan by now."""
        return self.state is State.OPEN and self.since + PLAN.lasts <= at


@dataclass(frozen=True)
class Who:
    """Somebody who would act, and in which parts they may for this model.

    Attributes:
        person: their id in governance.yaml; None if it names nobody.
        control: of the control side, and neither owner nor developer of the model.
    """

    person: str | None
    owner: bool = False
    control: bool = False
    system: bool = False


@dataclass(frozen=True)
class Told:
    """An act with what was said.

    Attributes:
        at: when, by the database's clock.
        has: what was said of words, evidence, controls, until.
        terms: digest of it all.
    """

    act: str
    at: datetime
    has: frozenset[str]
    terms: str
    until: datetime | None = None


def opened(number: int, severity: str, at: datetime, by: str | None, owner: str | None, *, raised: bool = True) -> Finding:
    """A new finding, due by its severity."""
    return Finding(number, severity, at, at + SEVERITIES[severity].due.lasts, at, raised, by, owner)


def as_of(finding: Finding, at: datetime) -> Finding:
    """The finding at a moment: an accepted risk that expired is open again, and so is what nobody decided a dispute about."""
    ends = {State.RISK_ACCEPTED: finding.expires_at, State.DISPUTED: finding.since + DECISION.lasts}.get(finding.state)
    if ends is None or at < ends:
        return finding
    return replace(finding, state=State.OPEN, since=ends, expires_at=None, asked=None)
