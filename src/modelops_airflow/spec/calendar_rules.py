"""What must hold of time zones and calendars in governance.yaml: somebody knows them."""

from __future__ import annotations

from ..registry import did_you_mean
from .broken import Broken
from .document import Path
from .types import CalendarRules, Governance


def no_zone(path: Path, name: str) -> list[Broken]:
    """That a time zone does not exist; nothing if it does."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return [Broken(path, f"there is no time zone {name!r}", "a name such as Europe/Berlin")]
    return []


def calendar_problems(governance: Governance) -> list[Broken]:
    """Every zone, country and subdivision of a calendar that nobody knows, and days that are said to be both."""
    found = []
    for name, rules in (governance.calendars or {}).items():
        path = ("calendars", name)
        if rules.timezone is not None:
            found += no_zone((*path, "timezone"), rules.timezone)
        found += _country(path, rules)
        found += [Broken((*path, "working", index), f"{day} is both a holiday and a working day of {name}")
                  for index, day in enumerate(rules.working) if day in rules.holidays]
    return found


def _country(path: Path, rules: CalendarRules) -> list[Broken]:
    if rules.country is None:
        return [] if rules.subdivision is None else [
            Broken((*path, "subdivision"), "a subdivision without its country", "country: US beside subdivision: NY")]
    import holidays

    known = holidays.list_supported_countries()
    if rules.country not in known:
        return [Broken((*path, "country"), f"no public holidays of the country {rules.country!r} are known{did_you_mean(rules.country, list(known))}",
                       "a country that the library holidays has", "name its holidays one by one")]
    if rules.subdivision is not None and rules.subdivision not in known[rules.country]:
        return [Broken((*path, "subdivision"), f"no public holidays of {rules.country} {rules.subdivision!r} are known"
                       f"{did_you_mean(rules.subdivision, list(known[rules.country]))}", ", ".join(known[rules.country]) or "none")]
    return []
