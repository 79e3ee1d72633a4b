"""Times for people and for comparison: SQLite gives naive UTC, Postgres aware times; both leave here aware."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

_PART = re.compile(r"(\d+)([YMWDHS])")


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


def aware(at: datetime | None) -> datetime | None:
    """The same moment with its time zone; the register stores UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, as browsers read it."""
    moment = aware(at)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def later(at: datetime, duration: str) -> datetime:
    """A moment after an ISO 8601 duration of our YAML (`P12M`, `P90D`, `PT2H`)."""
    date, _, time = duration.removeprefix("P").partition("T")
    months, days = 0, 0
    for number, unit in _PART.findall(date):
        months += int(number) * {"Y": 12, "M": 1}.get(unit, 0)
        days += int(number) * {"W": 7, "D": 1}.get(unit, 0)
    hours = {unit: int(number) for number, unit in _PART.findall(time)}
    moved = _months_later(at, months) + timedelta(days=days)
    return moved + timedelta(hours=hours.get("H", 0), minutes=hours.get("M", 0), seconds=hours.get("S", 0))


def _months_later(at: datetime, months: int) -> datetime:
    year, month = divmod(at.month - 1 + months, 12)
    year += at.year
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))
