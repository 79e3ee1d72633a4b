"""What a tool's file says of each of its tests, in one form for all tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ...errors import CheckError
from ...measurement import Metric

_LONGEST = 200


class Outcome(StrEnum):
    """How a test of another tool ended; only PASSED is good."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    ERRORED = "errored"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """One test.

    Attributes:
        name: as the tool names it.
        where: what else tells it apart: column, severity.
        told: one line, never with values of rows.
    """

    name: str
    outcome: Outcome
    where: Mapping[str, str] = field(default_factory=dict)
    told: str = ""


@dataclass(frozen=True)
class Imported:
    """A file, read.

    Attributes:
        made_at: when the tool says that it ran; None where its file does not say.
        values: numbers that the tool measured.
        left_out: what of the file is no test, in words; empty if all of it is.
    """

    tool: str
    version: str
    made_at: datetime | None
    results: tuple[Result, ...]
    values: tuple[Metric, ...] = ()
    left_out: str = ""


def plain(value: object) -> str:
    """A text of a file as evidence may show it: one line, printable, not long."""
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def part(body: Any, key: str, kind: type, tool: str) -> Any:
    """A member of a mapping in the file.

    Raises:
        CheckError: it is not there, or of another type.
    """
    if not isinstance(body, dict) or not isinstance(body.get(key), kind):
        found = type(body.get(key)).__name__ if isinstance(body, dict) and key in body else "nothing"
        raise CheckError(f"this is no result of {tool}: expected {key!r} to be a {kind.__name__}, found {found}")
    return body[key]


def moment(text: object, tool: str) -> datetime:
    """A time of a file.

    Raises:
        CheckError: it is none, or does not say its offset.
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise CheckError(f"the time of the {tool} result is {plain(text)!r}; expected one such as 2026-11-26T06:42:17Z") from None
    if found.tzinfo is None:
        raise CheckError(f"the time of the {tool} result, {found.isoformat()}, does not say its offset; expected one such as 2026-11-26T06:42:17Z")
    return found


def number(value: object) -> float | None:
    """A finite number of a file; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if abs(found) < float("inf") else None
