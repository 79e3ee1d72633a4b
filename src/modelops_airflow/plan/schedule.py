"""Schedules: what a cron text means, without importing a cron library while DAGs are parsed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

CRON = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *"}
"""Presets as cron texts."""
PRESETS = frozenset({"@once", *CRON})
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_BEGIN, _END = datetime(2023, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
_PART = re.compile(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?")


def schedule_problem(text: str) -> str:
    """Why a text is no schedule; empty if it is one."""
    if text in PRESETS:
        return ""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"it has {len(fields)} fields"
    for field, (name, low, high) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if not _PART.fullmatch(part):
                return f"{name} {part!r} is not understood"
            numbers = [int(number) for number in re.findall(r"\d+", part.split("/")[0])]
            if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                return f"{name} {part!r} is outside {low} to {high}"
            if "/" in part and int(part.split("/")[1]) == 0:
                return f"{name} {part!r} steps by nothing"
    return ""


def last_tick(schedule: str, until: datetime) -> datetime | None:
    """The last moment of a cron text or preset that is not after another, UTC; None if there is none in eight years.

    A day fits if its day of the month or its weekday does, where both are narrowed, as in cron.
    """
    fits, times = _read(schedule)
    day = until.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(8 * 366):
        if fits(day) and (past := [day + time for time in times if day + time <= until]):
            return max(past)
        day -= timedelta(days=1)
    return None


@cache
def gaps(schedule: str) -> tuple[tuple[datetime, datetime], ...]:
    """The last start of each day and the first of the next day that has one, over thirteen years with their leap days, UTC.

    A schedule that starts once in those years, or never, is one gap over all of them.
    """
    fits, times = _read(schedule)
    days = [day for number in range((_END - _BEGIN).days) if fits(day := _BEGIN + timedelta(days=number))]
    return tuple((one + times[-1], other + times[0]) for one, other in pairwise(days)) or ((_BEGIN, _END),)


def _read(schedule: str) -> tuple[Callable[[datetime], bool], list[timedelta]]:
    """Whether a day fits, and the times of such a day in their order."""
    fields = CRON.get(schedule, schedule).split()
    minutes, hours, days, months, weekdays = (_numbers(field, low, high) for field, (_, low, high) in zip(fields, _FIELDS, strict=True))
    weekdays = {day % 7 for day in weekdays}
    either = _narrowed(fields[2], fields[4], len(days) == 31) and _narrowed(fields[4], fields[2], len(weekdays) == 7)

    def fits(day: datetime) -> bool:
        both = [day.day in days, day.isoweekday() % 7 in weekdays]
        return day.month in months and (any(both) if either else all(both))

    return fits, sorted(timedelta(hours=hour, minutes=minute) for hour in hours for minute in minutes)


def _narrowed(field: str, other: str, full: bool) -> bool:
    """As croniter takes it, which Airflow asks: every number written out is narrowed too, beside a field without any star."""
    return "*" not in field.split(",") and not (full and "*" in other)


def _numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin, end = (low, high) if span == "*" else (int(first), int(last or (high if step else first)))
        found.update(range(begin, end + 1, int(step or 1)))
    return found
