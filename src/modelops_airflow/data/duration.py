"""Stretches of time as the YAML files write them."""

from __future__ import annotations

from datetime import timedelta

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
