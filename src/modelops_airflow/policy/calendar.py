"""Working days: which days count, and how days are counted from an event. Pure.

How days are counted, here and in `clock.py`:

- The day of the event does not count, forwards or backwards (N.Y. General Construction Law section 20; Regulation (EEC,
  Euratom) No 1182/71, art. 3(1)); the first day counted is the next one, or the one before.
- Which day a moment lies in is said by the calendar's own time zone: that of the authority, never the server's.
- Days of the calendar count all, weekends and holidays among them; business days are those that are neither.
- A last day that is no working day stays the last day. Some laws move it to the next working day (the same regulation,
  art. 3(4); N.Y. General Construction Law section 25-a); that day is told beside it, and nothing is timed by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..spec.types import Governance

_WEEKEND = (5, 6)
_LONGEST = 10_000
"""Days that are looked at for one working day; a calendar without any must not be searched for ever."""


@dataclass(frozen=True)
class Calendar:
    """The working days of a place.

    Attributes:
        zone: IANA name of the time zone in which its days begin and end.
        country, subdivision: whose public holidays count, by ISO 3166; empty for none.
        holidays: further days on which nobody works.
        working: days that count although the country has a holiday.
    """

    name: str
    zone: str
    country: str = ""
    subdivision: str = ""
    holidays: frozenset[date] = field(default_factory=frozenset)
    working: frozenset[date] = field(default_factory=frozenset)

    def day_of(self, moment: datetime) -> date:
        """The day in which a moment lies there."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """The moment at which a day ends there: the midnight after it."""
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.zone))

    def works(self, day: date) -> bool:
        """Whether a day is a working day."""
        if day in self.working:
            return True
        if day.weekday() in _WEEKEND or day in self.holidays:
            return False
        return not self.country or day not in _public_holidays(self.country, self.subdivision, day.year)

    def counted(self, day: date, number: int) -> date:
        """The so-manieth working day after a day, or before it if the number is negative; the day itself does not count.

        Raises:
            ValueError: there is none within 27 years.
        """
        step = timedelta(days=1 if number > 0 else -1)
        for _ in range(_LONGEST):
            if number == 0:
                return day
            day += step
            number -= self.works(day) * (1 if step.days > 0 else -1)
        raise ValueError(f"the calendar {self.name} has no such working day within {_LONGEST} days of {day}")

    def next_working(self, day: date) -> date:
        """The day itself if people work on it, else the next day on which they do."""
        return day if self.works(day) else self.counted(day, 1)


@lru_cache(maxsize=256)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Public holidays of a year with the days on which they are observed, as the library `holidays` has them."""
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


CALENDARS = {
    "eu": Calendar("eu", "Europe/Brussels"),
    "nyc": Calendar("nyc", "America/New_York", "US", "NY"),
    "colorado": Calendar("colorado", "America/Denver", "US", "CO"),
    "us": Calendar("us", "America/New_York", "US"),
}
"""Calendars that clocks count by unless governance.yaml has others of these names.

`eu` has no holidays: they are those of the member state whose authority is told, which only governance.yaml can say.
`nyc` has those of the State of New York (General Construction Law section 24); the law does not say what a business day is.
"""


def calendars_of(governance: Governance) -> dict[str, Calendar]:
    """Every calendar, with what governance.yaml says of it."""
    found = dict(CALENDARS)
    for name, rules in (governance.calendars or {}).items():
        base = found.get(name) or Calendar(name, governance.timezone)
        found[name] = Calendar(
            name, rules.timezone or base.zone, rules.country or base.country,
            rules.subdivision or (base.subdivision if rules.country is None else ""),
            base.holidays | {date.fromisoformat(day) for day in rules.holidays}, frozenset(map(date.fromisoformat, rules.working)),
        )
    return found
