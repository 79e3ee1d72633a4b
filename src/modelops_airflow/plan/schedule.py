"""Schedules: the shape of a cron text, without importing a cron library while DAGs are parsed."""

from __future__ import annotations

import re

PRESETS = frozenset({"@once", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly"})
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
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
