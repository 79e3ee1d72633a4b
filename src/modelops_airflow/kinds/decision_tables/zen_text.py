"""The part of the ZEN language that decision models here may use: it has no time, no chance, no loops and nothing outside.

The engine passes over a cell that it cannot read, or whose types do not fit, as if the cell were not met; so every text is read
here first, and what is not understood is refused.
Source: docs.gorules.io, ZEN expression language.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from .conditions import Condition, Interval, NoneOf, OneOf, Several
from .feel import BOOLEAN, NUMBER, STRING, Literal, NotRead, number, numbers_of, outside

FIELD = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
FUNCTIONS = frozenset((
    "abs", "floor", "ceil", "round", "trunc", "min", "max", "sum", "avg", "len", "upper", "lower", "trim", "contains", "startsWith",
    "endsWith", "number", "string",
))
"""Functions of expressions: the same answer for the same arguments."""

LONGEST, DEEPEST = 2000, 20
"""Characters of one text, and brackets inside brackets."""

_TOKEN = re.compile(rf"""\s*(?:(?P<text>'[^'"\\]*'|"[^'"\\]*")|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<range>\.\.)
    |(?P<name>{FIELD})|(?P<sign><=|>=|==|!=|\?\?|[-+*/%^<>()\[\],?:]))""", re.VERBOSE | re.ASCII)
_WORDS = frozenset(("and", "or", "not", "in", "true", "false", "null"))
_PART = re.compile(r"\s*(?:(<=|>=|<|>|==|!=)\s*)?(-?[0-9]+(?:\.[0-9]+)?)\s*")
_RANGE = re.compile(r"\s*([\[(])\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\.\.\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([\])])\s*")
_SIGN = re.compile(r"\s*[<>=!]")
_QUOTED = re.compile(r"""\s*(==|!=)?\s*(?:'([^'"\\]*)'|"([^'"\\]*)")\s*""")
_NOT_IN = re.compile(r"\s*not\s+in\s*\[(.*)\]\s*", re.DOTALL)
_SPLIT = re.compile(r"""'[^']*'|"[^"]*"|,|\band\b|\bor\b""")


def cell(text: str) -> tuple[Condition, str] | None:
    """The condition of a table's input cell, and the kind of value it speaks of; None for an empty cell.

    Raises:
        NotRead: it is none of those that are understood.
    """
    if not text.strip():
        return None
    _short(text)
    if match := _NOT_IN.fullmatch(text):
        listed = _cut(match.group(1), (",",))
        if any(_RANGE.fullmatch(part) or _SIGN.match(part) for _, part in listed):
            raise NotRead("behind `not in` there may be a list of values alone")
        return _turned(_joined(listed))
    parts = _cut(text, (",", "and", "or"))
    return _joined(parts)


def literal(text: str) -> Literal:
    """The value of a table's output cell.

    Raises:
        NotRead: it is no text, number, true or false.
    """
    _short(text)
    bare = text.strip()
    if bare in ("true", "false"):
        return bare == "true"
    if (match := _QUOTED.fullmatch(bare)) and match.group(1) is None:
        return _inner(match)
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", bare):
        return number(bare)
    raise NotRead(f"{_shown(text)} is no text in quotes, number, true or false")


def names(text: str) -> Counter[str]:
    """The fields that an expression reads, and how often.

    Raises:
        NotRead: it has something that is not among what expressions here may have.
    """
    _short(text)
    tokens = _tokens(text)
    found: Counter[str] = Counter()
    depth = 0
    for place, (kind, word) in enumerate(tokens):
        after = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        depth += (word in "([") - (word in ")]") if kind == "sign" else 0
        if depth > DEEPEST:
            raise NotRead(f"it has more than {DEEPEST} brackets inside each other")
        if kind == "name" and after == "(" and word not in _WORDS:
            if word not in FUNCTIONS:
                raise NotRead(f"the function {word!r} is not among those that are allowed: {', '.join(sorted(FUNCTIONS))}")
        elif kind == "name" and word not in _WORDS:
            found[word] += 1
        elif kind == "range":
            _only_after_in(tokens, place)
    return found


def _only_after_in(tokens: Sequence[tuple[str, str]], place: int) -> None:
    """A range may be asked for what lies in it, and never be gone through."""
    opened = place - 1
    while opened >= 0 and tokens[opened][0] in ("number", "sign") and tokens[opened][1] not in "([":
        opened -= 1
    if opened < 1 or tokens[opened][1] not in "([" or tokens[opened - 1][1] != "in":
        raise NotRead("a range may only stand behind `in`")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise NotRead(f"{_shown(text[at:].strip())} is not among what an expression may have")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


def _cut(text: str, at: Iterable[str]) -> list[tuple[str, str]]:
    """(what joins it to the part before, part): cut at words that stand in no text."""
    found, start, joined = [], 0, ""
    for match in _SPLIT.finditer(text):
        if match.group() in at:
            found.append((joined, text[start : match.start()]))
            start, joined = match.end(), match.group()
    return [*found, (joined, text[start:])]


def _joined(parts: Sequence[tuple[str, str]]) -> tuple[Condition, str]:
    """The condition of parts that are all joined in the same way."""
    joins = {join for join, _ in parts if join}
    if len(joins) > 1:
        raise NotRead(f"{' and '.join(sorted(map(repr, joins)))} in one cell; expected one of them")
    read = [_one(part) for _, part in parts]
    kinds = {kind for _, kind in read}
    if len(kinds) > 1:
        raise NotRead(f"it speaks of {' and of '.join(sorted(kinds))}")
    (kind,) = kinds
    if len(read) == 1:
        return read[0]
    if kind == NUMBER:
        intervals = [one.parts for one, _ in read if isinstance(one, Interval | Several)]
        if joins == {"and"}:
            held = tuple(outside(tuple(piece for one in intervals for piece in outside(one))))
        else:
            held = tuple(piece for one in intervals for piece in one)
        return numbers_of(held), kind
    texts = [one for one, _ in read if isinstance(one, OneOf)]
    if len(texts) < len(read) or joins == {"and"}:
        raise NotRead("texts may be listed with commas alone")
    return OneOf(frozenset().union(*(one.values for one in texts)), truth=kind == BOOLEAN), kind


def _one(text: str) -> tuple[Condition, str]:
    bare = text.strip()
    if bare in ("true", "false"):
        return OneOf(frozenset((bare,)), truth=True), BOOLEAN
    if match := _QUOTED.fullmatch(text):
        one = OneOf(frozenset((_inner(match),)))
        return _turned((one, STRING)) if match.group(1) == "!=" else (one, STRING)
    if match := _RANGE.fullmatch(text):
        opens, low, high, closes = match.groups()
        return numbers_of(_if_any(Interval(number(low), number(high), opens == "[", closes == "]"))), NUMBER
    if match := _PART.fullmatch(text):
        sign, bound = match.group(1), number(match.group(2))
        point = Interval(bound, bound, True, True)
        if sign in (None, "=="):
            return point, NUMBER
        if sign == "!=":
            return _turned((point, NUMBER))
        if sign in ("<", "<="):
            return Interval(-math.inf, bound, True, sign == "<="), NUMBER
        return Interval(bound, math.inf, sign == ">=", True), NUMBER
    raise NotRead(f"{_shown(text)} is no number, comparison, range or text in quotes")


def _turned(read: tuple[Condition, str]) -> tuple[Condition, str]:
    """Everything of the kind but what was read."""
    condition, kind = read
    if isinstance(condition, Interval | Several):
        return numbers_of(outside(condition.parts)), kind
    if isinstance(condition, OneOf) and condition.truth:
        return OneOf(frozenset(("true", "false")) - condition.values, truth=True), kind
    if isinstance(condition, OneOf):
        return NoneOf(condition.values), kind
    raise NotRead("it denies twice")


def _if_any(interval: Interval) -> tuple[Interval, ...]:
    return (interval,) if interval.low < interval.high or (interval.low == interval.high and interval.low_closed and interval.high_closed) else ()


def _inner(match: re.Match[str]) -> str:
    return str(match.group(2) if match.group(2) is not None else match.group(3))


def _short(text: str) -> None:
    if len(text) > LONGEST:
        raise NotRead(f"it is longer than {LONGEST} characters")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
