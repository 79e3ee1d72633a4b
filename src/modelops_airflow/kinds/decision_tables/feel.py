"""The part of FEEL that decision tables here may use: literals, comparisons, intervals, lists of them, `-` and `not(...)`.

Source: OMG DMN 1.3, 10.3.1.2, grammar rules 7 to 15 (simple unary tests).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ...spec.document import HIDDEN
from .conditions import Condition, Interval, NoneOf, OneOf, Several

STRING, NUMBER, BOOLEAN = "string", "number", "boolean"
Literal = str | float | bool

_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_ONE = re.compile(rf"(<=|>=|<|>)?\s*({_NUMBER})")
_INTERVAL = re.compile(rf"([\[(\]])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])\[])")
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_WORDS = {"true": True, "false": False}
EVERY: Mapping[str, Condition] = {
    NUMBER: Interval(-math.inf, math.inf, True, True), STRING: NoneOf(), BOOLEAN: OneOf(frozenset(("true", "false")), truth=True),
}
"""All values of a kind."""

LONGEST = 4000
"""Characters of one entry."""


class NotRead(ValueError):
    """An entry that is beyond the part of FEEL that is read here."""


def condition_of(text: str, kind: str) -> Condition | None:
    """The condition of an input entry; None for `-`, which every value meets.

    Args:
        kind: string, number or boolean.

    Raises:
        NotRead: it is no unary test of this part of FEEL, or none of the kind.
    """
    if len(text) > LONGEST:
        raise NotRead(f"it is longer than {LONGEST} characters")
    if text in ("", "-"):
        return None
    negated = _NOT.fullmatch(text)
    parts = [*_parts(negated.group(1) if negated else text)]
    if kind == NUMBER:
        intervals = tuple(_interval(part) for part in parts)
        return numbers_of(outside(intervals) if negated else intervals)
    values = frozenset(written(_literal_of(part, kind)) for part in parts)
    if kind == BOOLEAN:
        return OneOf(frozenset(("true", "false")) - values if negated else values, truth=True)
    return NoneOf(values) if negated else OneOf(values)


def literal(text: str) -> Literal:
    """The value of an output entry.

    Raises:
        NotRead: it is no text, number, true or false.
    """
    if len(text) > LONGEST:
        raise NotRead(f"it is longer than {LONGEST} characters")
    if text in _WORDS:
        return _WORDS[text]
    if match := _TEXT.fullmatch(text):
        return _unescaped(match.group(1))
    if re.fullmatch(_NUMBER, text):
        return number(text)
    raise NotRead(f"{_shown(text)} is no text in double quotes, number, true or false")


def literals(text: str) -> list[Literal]:
    """The values of a list such as `"high", "low"`.

    Raises:
        NotRead: one of them is none.
    """
    return [literal(part) for part in _parts(text)]


def kind_of_literal(value: Literal) -> str:
    """string, number or boolean."""
    return BOOLEAN if isinstance(value, bool) else STRING if isinstance(value, str) else NUMBER


def written(value: Literal) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value).removesuffix(".0")


def outcome(values: Sequence[Literal]) -> str:
    """A rule's outputs as one text, which is another for other values."""
    return written(values[0]) if len(values) == 1 else json.dumps(list(values), ensure_ascii=False)


def _parts(text: str) -> Iterable[str]:
    """The tests of a list: cut at commas that stand in no text."""
    at, start = 0, 0
    while at < len(text):
        if text[at] == '"':
            match = _TEXT.match(text, at)
            if match is None:
                raise NotRead(f"a text in {_shown(text)} does not end")
            at = match.end()
            continue
        if text[at] == ",":
            yield text[start:at].strip()
            start = at + 1
        at += 1
    yield text[start:].strip()


def _literal_of(part: str, kind: str) -> Literal:
    value = literal(part)
    if kind_of_literal(value) != kind:
        raise NotRead(f"{_shown(part)} is a {kind_of_literal(value)}; the input is a {kind}")
    return value


def _interval(part: str) -> Interval:
    if match := _INTERVAL.fullmatch(part):
        opens, low, high, closes = match.groups()
        found = Interval(number(low), number(high), opens == "[", closes == "]")
        if found.low > found.high or (found.low == found.high and not (found.low_closed and found.high_closed)):
            raise NotRead(f"no number lies in {part}")
        return found
    match = _ONE.fullmatch(part)
    if match is None:
        raise NotRead(f"{_shown(part)} is no number, comparison such as < 10, or interval such as [1..10)")
    sign, bound = match.group(1), number(match.group(2))
    if sign is None:
        return Interval(bound, bound, True, True)
    if sign in ("<", "<="):
        return Interval(-math.inf, bound, True, sign == "<=")
    return Interval(bound, math.inf, sign == ">=", True)


def number(text: str) -> float:
    """The number of a text.

    Raises:
        NotRead: it has digits that would be lost.
    """
    found = float(text)
    if not math.isfinite(found) or Decimal(repr(found)) != Decimal(text):
        raise NotRead(f"{text[:60]} has more digits than numbers here can hold")
    return found


def numbers_of(intervals: tuple[Interval, ...]) -> Condition:
    """Intervals as one condition.

    Raises:
        NotRead: there are none.
    """
    if not intervals:
        raise NotRead("no number meets it")
    return intervals[0] if len(intervals) == 1 else Several(intervals)


def outside(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """What none of the intervals holds."""
    found, start, closed = [], -math.inf, True
    for one in sorted(intervals, key=lambda one: (one.low, not one.low_closed)):
        if (before := _between(start, closed, one.low, not one.low_closed)) is not None:
            found.append(before)
        if one.high > start or (one.high == start and one.high_closed):
            start, closed = one.high, not one.high_closed
    if (rest := _between(start, closed, math.inf, True)) is not None:
        found.append(rest)
    return tuple(found)


def _between(low: float, low_closed: bool, high: float, high_closed: bool) -> Interval | None:
    """The interval, if a number lies in it."""
    if low < high or (low == high and math.isfinite(low) and low_closed and high_closed):
        return Interval(low, high, low_closed, high_closed)
    return None


def _unescaped(text: str) -> str:
    """A text's escapes resolved: the usual ones, and four hexadecimal digits after a u."""
    def resolved(match: re.Match[str]) -> str:
        letter = match.group(1)
        if len(letter) == 5:
            return chr(int(letter[1:], 16))
        if letter not in _ESCAPES:
            raise NotRead(f"\\{letter} is no escape that is read here")
        return _ESCAPES[letter]

    found = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", resolved, text)
    if hidden := HIDDEN.search(found):
        raise NotRead(f"character U+{ord(hidden.group()):04X} is not allowed: it shows nothing, or text in another order")
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
