"""Stretches of time as the YAML files write them."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

from ..duration_text import DURATION
from ..errors import DataError

_UNITS = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


def duration(text: str) -> timedelta:
    """A timedelta from an ISO 8601 duration; a year counts 365 days, a month 30."""
    date, _, time = text.removeprefix("P").partition("T")
    total, number = timedelta(), ""
    for part, in_time in ((date, False), (time, True)):
        for sign in part:
            if sign.isdigit():
                number += sign
                continue
            count, number = int(number), ""
            if not in_time and sign in "YM":
                total += timedelta(days=count * (365 if sign == "Y" else 30))
            else:
                total += timedelta(**{_UNITS[sign]: count})
    return total


def before(moment: datetime, text: str) -> datetime:
    """The moment that is an ISO 8601 duration before another, years and months by the calendar.

    Of a shorter month it is the last day: a month before 31 March is the end of February.

    Raises:
        DataError: it is no duration, or no calendar reaches so far back.
    """
    months, rest = _parts(text)
    try:
        return _moved(moment, -months) - rest
    except (ValueError, OverflowError):
        raise DataError(f"{text!r} before {moment:%Y-%m-%d} is before the calendar; expected a shorter duration") from None


def after(moment: datetime, text: str) -> datetime:
    """The moment that is an ISO 8601 duration after another, as `before` counts: a year after 29 February is 28 February.

    Raises:
        DataError: it is no duration, or no calendar reaches so far.
    """
    months, rest = _parts(text)
    try:
        return _moved(moment, months) + rest
    except (ValueError, OverflowError):
        raise DataError(f"{text!r} after {moment:%Y-%m-%d} is after the calendar; expected a shorter duration") from None


def _parts(text: str) -> tuple[int, timedelta]:
    """The months of a duration, and what is of the same length whenever it is."""
    if not DURATION.fullmatch(text):
        raise DataError(f"{text!r} is no duration; expected one such as P12M or P90D")
    if text.startswith("PT"):
        return 0, duration(text)
    months = sum(int(count) * (12 if sign == "Y" else 1) for count, sign in re.findall(r"([0-9]+)([YM])", text))
    return months, duration("P" + "".join(f"{count}{sign}" for count, sign in re.findall(r"([0-9]+)([WD])", text)))


def _moved(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))
