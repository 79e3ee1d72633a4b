"""What can be known to be wrong with a suite before anything runs, without importing the library."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..registry import did_you_mean
from .vocabulary import PARTS, SEVERITIES, TYPES

MOST = 50
"""Mistakes that are told of one suite."""

_BOUND_NEEDED = frozenset({"expect_column_values_to_be_between", "expect_column_value_lengths_to_be_between"})
_AT_LEAST_TWO = frozenset(kind for kind, keywords in TYPES.items() if "column_list" in keywords.required)


@dataclass(frozen=True)
class Fault:
    """A mistake in a suite.

    Attributes:
        place: where in the file, such as `expectations[3].kwargs.mostly`; empty: the file.
    """

    place: str
    message: str
    expected: str = ""
    found: str = ""
    next_step: str = ""


def suite_faults(text: str) -> list[Fault]:
    """Every mistake of a suite's text, at most `MOST` of them."""
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [Fault("", f"it is no JSON: {error}")]
    listed = body.get("expectations") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return [Fault("", "it is no suite of Great Expectations", "a list `expectations` of {type, kwargs}")]
    if not listed:
        return [Fault("expectations", "it expects nothing; a check of nothing proves nothing", next_step="write an expectation, or take the suite out")]
    found = [fault for place, one in enumerate(listed) for fault in _of_one(f"expectations[{place}]", one)]
    more = [Fault("", f"and {len(found) - MOST} more mistakes")] if len(found) > MOST else []
    return found[:MOST] + more


def _of_one(place: str, one: Any) -> Iterator[Fault]:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        old = isinstance(one, dict) and "expectation_type" in one
        yield Fault(place, "it has no type", "{type, kwargs}", next_step="`expectation_type` is from before Great Expectations 1.0: write `type`" if old else "")
        return
    kind, kwargs, severity = one["type"], one.get("kwargs"), one.get("severity")
    for name in one:
        if name not in PARTS:
            yield Fault(f"{place}.{name}", f"an expectation has no part {name!r}{did_you_mean(name, sorted(PARTS))}")
    if severity is not None and severity not in SEVERITIES:
        yield Fault(f"{place}.severity", "there is no such severity", f"one of {', '.join(SEVERITIES)}", repr(severity))
    if kind not in TYPES:
        yield Fault(f"{place}.type", f"there is no expectation {kind!r}{_near(kind, list(TYPES))}")
    elif kwargs is not None and not isinstance(kwargs, dict):
        yield Fault(f"{place}.kwargs", f"the keywords of {kind} are no mapping", "such as {column: amount}")
    else:
        yield from _keywords(f"{place}.kwargs", kind, kwargs or {})


def _near(name: str, known: list[str]) -> str:
    near = did_you_mean(name, known)
    return near if near.startswith(" (did you mean") else ""


def _keywords(place: str, kind: str, kwargs: Mapping[str, Any]) -> Iterator[Fault]:
    keywords = TYPES[kind]
    for name in kwargs:
        if name not in keywords.known:
            yield Fault(f"{place}.{name}", f"{kind} has no keyword {name!r}{did_you_mean(name, sorted(keywords.required | keywords.optional))}")
    for name in sorted(keywords.required):
        if kwargs.get(name) is None:
            yield Fault(place, f"{kind} lacks the keyword {name!r}")
    for name, value in kwargs.items():
        if value is not None and name in keywords.known:
            yield from _value(f"{place}.{name}", kind, name, value)
    yield from _range(place, kind, kwargs)


def _value(place: str, kind: str, name: str, value: Any) -> Iterator[Fault]:
    if isinstance(value, dict) and "$PARAMETER" in value:
        yield Fault(place, "a suite in a file is given no parameters", "the value itself", next_step="write the value in the suite")
        return
    rule, words = _RULES.get(name, (None, ""))
    if name == "column_list" and kind in _AT_LEAST_TWO:
        rule, words = _two_texts, "the names of at least two columns"
    if rule is not None and not rule(value):
        yield Fault(place, f"{name} of {kind} cannot be used", words, _shown(value))


def _range(place: str, kind: str, kwargs: Mapping[str, Any]) -> Iterator[Fault]:
    low: Any = kwargs.get("min_value")
    high: Any = kwargs.get("max_value")
    if kind in _BOUND_NEEDED and low is None and high is None:
        yield Fault(place, f"{kind} has neither min_value nor max_value", "at least one of them")
    if _number(kwargs.get("mostly")) and kwargs["mostly"] == 0:
        yield Fault(f"{place}.mostly", f"{kind} with mostly: 0 is met by anything", "more than 0", next_step="take the expectation out")
    if _number(low) and _number(high) and low > high:
        yield Fault(f"{place}.min_value", f"min_value of {kind} is above max_value", f"at most {high}", str(low))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and (isinstance(value, int) or math.isfinite(value))


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _two_texts(value: object) -> bool:
    return _texts(value) and isinstance(value, list) and len(value) > 1


def _pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except (re.error, RecursionError, OverflowError):
        return False


_COLUMN = (_text, "the name of a column as text")
_PATTERN = (_pattern, "a regular expression of Python's")
_BOUND = (lambda value: _number(value) or _text(value), "a finite number, or a date as text")
_FLAG = (lambda value: isinstance(value, bool), "true or false")
_LIST = (lambda value: isinstance(value, list), "a list")
_WHOLE = (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number")

_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "column": _COLUMN, "column_A": _COLUMN, "column_B": _COLUMN,
    "column_list": (_texts, "a list of names of columns"), "column_set": (_texts, "a list of names of columns"), "column_index": _WHOLE,
    "mostly": (lambda value: _number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "min_value": _BOUND, "max_value": _BOUND, "strict_min": _FLAG, "strict_max": _FLAG, "double_sided": _FLAG,
    "threshold": (_number, "a finite number"), "sum_total": (_number, "a finite number"), "value": (_number, "a finite number"),
    "value_set": _LIST, "value_pairs_set": _LIST, "type_list": _LIST,
    "regex": _PATTERN, "regex_list": (lambda value: isinstance(value, list) and bool(value) and all(map(_pattern, value)), "a list of regular expressions"),
}
