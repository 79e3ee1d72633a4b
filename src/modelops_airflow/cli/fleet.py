"""The facts of the fleet for the board report: those in a file, or those of the register now, which are kept in the evidence store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from .here import here
from .output import reading, writing

if TYPE_CHECKING:
    from ..documents import Fleet


def fleet(file: Path | None, since: str, keep: Path | None) -> Fleet:
    """The facts.

    Args:
        file: facts that were taken before; None: take them from the register.
        since: the day of the last report, as written.
        keep: where to write them as well.

    Raises:
        DataError: the day is none, or a file cannot be read or written.
        RegisterError: the register cannot be asked.
        EvidenceError: the file has no facts of a fleet.
    """
    from ..documents import Fleet

    if file is not None:
        if since:
            raise DataError(f"{file} has the day of the last report in it; leave --since out, or the file")
        data = reading("the facts", file, "take those that modelops document board-report --facts wrote")
    else:
        data = _taken(since)
    if keep is not None:
        with writing("the facts", keep, "--facts"):
            keep.write_bytes(data)
    return Fleet(data)


def _taken(since: str) -> bytes:
    from ..digest import canonical
    from ..ui.reads.fleet_facts import fleet_facts

    place = here()
    register, store = place.register, place.store
    data = canonical(fleet_facts(register, store, since=day_of(since, "--since") if since else None))
    store.put(data)
    return data


def day_of(text: str, option: str) -> date:
    """A day as it is written; today (UTC) for none.

    Raises:
        DataError: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError:
        raise DataError(f"{text} is no day; expected YYYY-MM-DD with {option}") from None
