"""Waivers: leave not to meet a control for a while. Pure: acts in, the waiver after them out, against a clock that is given.

A waiver is asked for, accepted by enough people or rejected by one, and may be revoked. It ends by itself with its last day,
which is worked out whenever somebody asks. What was asked for never changes: a renewal is a new waiver.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ..errors import Refused

REQUESTED, ACTIVE, REJECTED, EXPIRED, REVOKED = "requested", "active", "rejected", "expired", "revoked"

LONGEST: Mapping[int, timedelta] = {1: timedelta(days=90), 2: timedelta(days=180), 3: timedelta(days=365)}
"""How far ahead a waiver may end, by tier: a house default."""
APPROVERS: Mapping[int, int] = {1: 2, 2: 1, 3: 1}
"""How many people of the control side accept one, by tier: a house default."""


def end_of(day: date) -> datetime:
    """The moment at which a day ends, UTC; of the last day of the calendar the last there is."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def too_late(until: date, tier: int | None, at: datetime) -> str:
    """Why a waiver may not last until a day; empty if it may. A model without a tier counts as one of tier 1."""
    most = LONGEST[tier or 1]
    if end_of(until) > at + most + timedelta(days=1):
        return f"a waiver of tier {tier or 1} ends within {most.days} days, and this one is asked for until {until}"
    return ""


@dataclass(frozen=True)
class ControlWaiver:
    """One waiver of one control of one model.

    Attributes:
        number: of the register.
        terms: digest of the words: reason, compensating controls, control, last day, who asked.
        until: the last day on which it counts, UTC.
        needed: how many people must accept it.
        accepted_by: who did, in order.
        stored: requested, active, rejected or revoked; that it has expired is worked out.
        ended_by: who rejected or revoked it.
        accepted_at: when the last of them did.
    """

    number: int
    model: str
    pack: str
    control: str
    terms: str
    until: date
    needed: int
    asked_by: str
    asked_at: datetime
    accepted_by: tuple[str, ...] = ()
    stored: str = REQUESTED
    ended_by: str | None = None
    accepted_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """The moment at which it ends, UTC."""
        return end_of(self.until)

    def state(self, at: datetime) -> str:
        """Where it stands at a moment."""
        if self.stored in (REQUESTED, ACTIVE) and at >= self.ends_at:
            return EXPIRED
        return self.stored

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at a moment."""
        return self.state(at) == ACTIVE

    def why_not(self, at: datetime, tier: int | None, makers: Collection[str]) -> str:
        """Why it does not count at a moment for what is of a tier and made by some people; empty if it does.

        The tier is that of what is judged: what was asked for and accepted while the model was of a laxer one does not do.
        """
        if not self.in_force(at):
            return f"ended with {self.until}" if self.state(at) == EXPIRED else f"is {self.state(at)}"
        needed, free = max(self.needed, APPROVERS[tier or 1]), [one for one in self.accepted_by if one not in makers]
        if len(free) < needed:
            return f"takes {needed} people who have no hand in the model, and {len(free)} of those who accepted it have none"
        return "lasts too long: " + why if (why := too_late(self.until, tier, self.accepted_at or self.asked_at)) else ""

    def accepted(self, by: str, at: datetime) -> ControlWaiver:
        """The waiver once a person more has accepted it.

        Raises:
            Refused: it waits for nobody, or this person asked for it or has accepted it already.
        """
        self._waits(at)
        if by == self.asked_by:
            raise Refused(f"{by} asked for waiver {self.number}; somebody else accepts it", "author", self.model)
        if by in self.accepted_by:
            raise Refused(f"{by} has accepted waiver {self.number} already; it takes {self.needed} different people", "state", self.model)
        people = (*self.accepted_by, by)
        return replace(self, accepted_by=people, accepted_at=at, stored=ACTIVE if len(people) >= self.needed else REQUESTED)

    def rejected(self, by: str, at: datetime) -> ControlWaiver:
        """The waiver once it is rejected; one person is enough.

        Raises:
            Refused: it waits for nobody.
        """
        self._waits(at)
        return replace(self, stored=REJECTED, ended_by=by)

    def revoked(self, by: str, at: datetime) -> ControlWaiver:
        """The waiver once it is revoked; one person is enough.

        Raises:
            Refused: it does not count now.
        """
        if not self.in_force(at):
            raise Refused(f"waiver {self.number} is {self.state(at)}, so there is nothing to revoke", "state", self.model)
        return replace(self, stored=REVOKED, ended_by=by)

    def _waits(self, at: datetime) -> None:
        if self.state(at) != REQUESTED:
            raise Refused(f"waiver {self.number} is {self.state(at)} and waits for nobody; a renewal is a new waiver", "state", self.model)
