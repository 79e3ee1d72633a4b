"""modelops clocks: the periods that laws set for notices, and when one ends for an event."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .here import here
from .options import Json
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..policy.calendar import Calendar
    from ..policy.clock import Clock


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clocks)


def clocks(
    name: Annotated[str, typer.Argument(help="A clock of the list.")] = "",
    event: Annotated[str, typer.Argument(help="Day of the event there, as 2026-03-01.")] = "",
    json: Json = False,
) -> None:
    """The clocks of statutory notices with their laws; with a clock and a day also when it ends."""
    from ..policy.statutes import CLOCKS
    from ..registry import did_you_mean

    if name and name not in CLOCKS:
        raise DataError(f"there is no clock {name!r}{did_you_mean(name, list(CLOCKS))}; expected one of {', '.join(CLOCKS)}")
    chosen = [CLOCKS[name]] if name else list(CLOCKS.values())
    calendars = _calendars()
    told = [asdict(one) | {"period": one.period} | (_ends(one, _day(event), calendars[one.calendar]) if event else {}) for one in chosen]
    if json:
        print_json(told)
        return
    ends = ("last day", "a working day from") if event else ()
    print_table(("clock", "law", "section", "period", "what is due", "law was read", *ends), (
        (one["name"], one["law"], one["section"], one["period"], one["duty"], "yes" if one["read"] else "no: look it up",
         *((one["last_day"], one["moved"]) if event else ())) for one in told))


def _ends(clock: Clock, day: date, calendar: Calendar) -> dict[str, Any]:
    from ..policy.clock import deadline

    found = deadline(clock, day, calendar)
    return {"event_day": found.event_day.isoformat(), "last_day": found.last_day.isoformat(), "moved": found.moved.isoformat(),
            "ends_at": found.ends_at.isoformat()}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(f"{text!r} is no day; expected one such as 2026-03-01") from None


def _calendars() -> dict[str, Calendar]:
    """With what the governance file here says of them, where there is one."""
    from ..policy.calendar import CALENDARS, calendars_of
    from .sources import governance_of

    project = here().project
    return calendars_of(governance_of(project)) if project.governance.is_file() else dict(CALENDARS)
