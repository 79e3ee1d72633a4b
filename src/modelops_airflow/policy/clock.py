"""Clocks of statutory notices: when something must be done after, or before, an event. Pure; computed when asked.

`calendar.py` says how days are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .calendar import Calendar


@dataclass(frozen=True)
class Clock:
    """A period that a law sets.

    Attributes:
        starts: the event that it is counted from, in words.
        duty: what must be done by then.
        length: how many days.
        business: whether only business days count.
        before: whether it ends before the event, not after it.
        read: whether the law itself was read for this; False: it was written from summaries and must be looked up before it is relied upon.
    """

    name: str
    law: str
    section: str
    starts: str
    duty: str
    length: int
    calendar: str
    business: bool = False
    before: bool = False
    read: bool = False

    @property
    def period(self) -> str:
        """The period in words."""
        days = "business days" if self.business else "days"
        return f"{self.length} {days} {'before' if self.before else 'after'} {self.starts}"


@dataclass(frozen=True)
class Deadline:
    """What a clock comes to for one event.

    Attributes:
        last_day: the last day on which the duty is done in time; nothing is timed by another one.
        moved: the working day to which some laws would move it; the last day itself if that is one.
        ends_at: the moment at which the last day ends where the authority is.
    """

    clock: Clock
    event_day: date
    last_day: date
    moved: date
    ends_at: datetime
    calendar: Calendar

    def days_left(self, now: datetime) -> int:
        """Whole days of the calendar until the last day, there; 0 on it, negative after it."""
        return (self.last_day - self.calendar.day_of(now)).days

    def overdue(self, now: datetime) -> bool:
        """Whether the last day is over."""
        return now >= self.ends_at

    def met(self, done: datetime) -> bool:
        """Whether something that was done then was done in time."""
        return done < self.ends_at


def deadline(clock: Clock, event: datetime | date, calendar: Calendar) -> Deadline:
    """When a clock ends for an event, which is a moment or a day of that calendar."""
    day = calendar.day_of(event) if isinstance(event, datetime) else event
    number = -clock.length if clock.before else clock.length
    last = calendar.counted(day, number) if clock.business else day + timedelta(days=number)
    return Deadline(clock, day, last, last if clock.before else calendar.next_working(last), calendar.end_of(last), calendar)
