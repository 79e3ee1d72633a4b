"""How a program in the jail ended, told in one line."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..confinement.jail import WHERE
from ..confinement.lockdown import lacking

_FIRST, _LAST = 160, 240
"""Characters that a message shows of either end of what it said."""


@dataclass(frozen=True)
class Limits:
    """What one batch of rows may take.

    Attributes:
        memory: bytes of address space of each process.
        seconds: until everything is killed; also of processor time.
        output: bytes that it may answer, and bytes that it may say beside that.
    """

    memory: int
    seconds: int
    output: int


@dataclass
class Seen:
    """What was seen of a program that ended.

    Attributes:
        late: it was stopped by the clock.
        unread: it stopped reading.
        wrong: why it could not be given all rows.
        first: what it said on standard error, the beginning.
        last: and the end.
        loud: it said too much.
        facts: what the jail told: what it is held by, an error before the start, or how the program ended.
    """

    late: bool = False
    unread: bool = False
    wrong: str = ""
    first: bytes = b""
    last: bytes = b""
    loud: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def trouble(who: str, seen: Seen, limits: Limits, told: int) -> str:
    """What went wrong, in one line; empty if nothing did.

    Args:
        who: the program.
        told: bytes that it answered.
    """
    facts = seen.facts
    if facts and (lacks := _lacks(facts)):
        return f"{who} was not started: this system cannot keep a program in, it has {' and '.join(lacks)}; {WHERE}"
    if seen.late:
        why = f"did not end within {limits.seconds} seconds and was stopped"
    elif told > limits.output:
        why = f"answered more than {limits.output >> 20} MB and was stopped; output_mb is what it may answer"
    elif seen.loud:
        why = f"said more than {limits.output >> 20} MB on standard error and was stopped"
    elif not facts:
        return f"{who} was not started: a process cannot be locked in on this system; {WHERE}"
    elif "error" in facts:
        why = f"could not be started: {facts['error']}"
    elif seen.wrong:
        why = f"was not given all rows: {seen.wrong[:200]}"
    elif facts.get("ended", 1) != 0:
        why = f"ended with {_ended(facts.get('ended'))}"
    elif seen.unread:
        why = "stopped reading before it had all rows"
    else:
        return ""
    return f"{who} {why}{_quoted(seen.first + seen.last)}"


def _lacks(facts: Mapping[str, Any]) -> list[str]:
    calls = [] if facts.get("calls") is True else ["no seccomp against calls that no model needs"]
    return [*lacking(str(facts.get("network")), str(facts.get("files"))), *calls] if "network" in facts else []


def _ended(code: object) -> str:
    if not isinstance(code, int):
        return "no word of how"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _quoted(words: bytes) -> str:
    """Both ends of what it said, without anything that a terminal or page would act on."""
    text = " ".join("".join(one if one.isprintable() else " " for one in words.decode("utf-8", "replace")).split())
    if len(text) > _FIRST + _LAST:
        text = f"{text[:_FIRST]} ... {text[-_LAST:]}"
    return f"; its own words: {text!r}" if text else ""
