"""Incidents: where one stands, which clocks run, and who may close it. Pure, over its entries in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .calendar import Calendar
from .clock import Deadline, deadline
from .statutes import CLOCKS, INCIDENTS

SEVERITIES = ("low", "medium", "high", "critical")


class Act(StrEnum):
    """What is done about an incident."""

    INVESTIGATING = "investigating"
    CONTAINED = "contained"
    NOTIFIED = "notified"
    CAUSE = "cause"
    CORRECTED = "corrected"
    CLASSIFIED = "classified"
    CLOSED = "closed"


REPORTED = "reported"
"""The state of an incident that nobody has begun to look into."""
_STATES = (Act.INVESTIGATING, Act.CONTAINED, Act.NOTIFIED, Act.CLOSED)


@dataclass(frozen=True)
class Entry:
    """What somebody did, and when it was recorded.

    Attributes:
        kind: what it is now, where it was classified.
        clock, sent_at: of a notice to an authority: which clock it answers, and when it was sent as the person says.
    """

    act: Act
    person: str
    at: datetime
    kind: str | None = None
    clock: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Running:
    """A clock of an incident; `entry` is the notice that answers it."""

    deadline: Deadline
    entry: Entry | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether its notice is missing after its last day."""
        return self.entry is None and self.deadline.overdue(now)

    def state(self, now: datetime) -> str:
        """running, overdue, met or late; a notice that was recorded after the last day is never simply met."""
        if self.entry is None:
            return "overdue" if self.deadline.overdue(now) else "running"
        if self.entry.sent_at is None or not self.deadline.met(self.entry.sent_at):
            return "late"
        return "met" if self.deadline.met(self.entry.at) else "met, recorded late"


@dataclass(frozen=True)
class Incident:
    """An incident with everything that was done about it."""

    kind: str
    opened_by: str
    known_at: datetime
    entries: Sequence[Entry] = ()

    @property
    def state(self) -> str:
        """reported, investigating, contained, notified or closed: the last of them that was said."""
        said = [one.act for one in self.entries if one.act in _STATES]
        return str(said[-1]) if said else REPORTED

    @property
    def kind_now(self) -> str:
        """Its kind as it was last classified."""
        return next((str(one.kind) for one in reversed(self.entries) if one.act is Act.CLASSIFIED), self.kind)

    def clocks(self, calendars: Mapping[str, Calendar]) -> list[Running]:
        """The clocks of its kind, from the moment at which it became known; the first notice to each answers it.

        Those of a kind that it was before run on until they are answered: another word for it takes no duty away.
        """
        return [
            Running(deadline(CLOCKS[name], self.known_at, calendars[CLOCKS[name].calendar]),
                    next((one for one in self.entries if one.act is Act.NOTIFIED and one.clock == name), None))
            for name in (*INCIDENTS[self.kind_now], *(one for one in self._unanswered() if one not in INCIDENTS[self.kind_now]))
        ]

    def _unanswered(self) -> list[str]:
        """The clocks of every kind that it ever was, to which nobody has sent a notice."""
        kinds = [self.kind, *(str(one.kind) for one in self.entries if one.act is Act.CLASSIFIED)]
        told = {one.clock for one in self.entries if one.act is Act.NOTIFIED}
        return [name for name in dict.fromkeys(clock for kind in kinds for clock in INCIDENTS[kind]) if name not in told]

    def why_not_closed(self, person: str | None, *, control: Collection[str], owners: Collection[str]) -> tuple[str, str] | None:
        """Code and words of why a person may not close it now; None if they may.

        Whoever opened it, said what kind it is or owns one of its models does not close it: that is for somebody else of the control side.
        """
        if self.state == Act.CLOSED:
            return "closed", "it is closed already"
        if person is None or person not in control:
            return "role", "a person of the control side closes an incident"
        if person == self.opened_by or person in owners or any(one.act is Act.CLASSIFIED and one.person == person for one in self.entries):
            return "author", f"{person} opened it or owns one of its models, or said what kind it is; somebody else of the control side closes it"
        acts = {one.act for one in self.entries}
        lacks = [words for act, words in ((Act.CAUSE, "its root cause"), (Act.CORRECTED, "the corrective action")) if act not in acts]
        lacks += [f"the notice for the clock {name}" for name in self._unanswered()]
        return ("state", f"not on record yet: {', '.join(lacks)}") if lacks else None
