"""Expectations about each value of a column. Missing values are left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .arguments import Arguments, NotNative
from .codes import codes_of, same_kind
from .frame import NUMBERS, REAL, TEXT, Frame, Values
from .result import Result, mapped
from .rounding import clear_of

Rule = Callable[[Values, Arguments], Any]
"""From a column to the truth of each value that is there; the texts' rules give one truth for each different text."""


def not_null(frame: Frame, given: Arguments) -> Result:
    """Values are there; NaN is not."""
    gaps = _gaps(frame, given)
    return mapped(frame.rows, gaps, given.mostly())


def null(frame: Frame, given: Arguments) -> Result:
    """Values are missing."""
    gaps = _gaps(frame, given)
    return mapped(frame.rows, frame.rows - gaps, given.mostly())


def _gaps(frame: Frame, given: Arguments) -> int:
    gaps = frame.gaps(given.text("column"))
    if gaps is None:
        raise NotNative
    return gaps


def each(rule: Rule) -> Callable[[Frame, Arguments], Result]:
    """An expectation from the rule that each value must keep."""

    def judge(frame: Frame, given: Arguments) -> Result:
        column = column_of(frame, given)
        fits = rule(column, given)
        unexpected = len(column.present) - int(fits.sum())
        return mapped(column.rows, unexpected, given.mostly(), missing=column.gaps)

    return judge


def column_of(frame: Frame, given: Arguments, *kinds: str, name: str = "column") -> Values:
    """The column that a keyword names.

    Raises:
        NotNative: it is not there, or of another kind.
    """
    column = frame.values(given.text(name))
    if column is None or (kinds and column.kind not in kinds):
        raise NotNative
    return column


def _numbers(column: Values) -> Any:
    if column.kind not in NUMBERS:
        raise NotNative
    return column.present


def by_text(column: Values, fits: Callable[[str], bool]) -> Any:
    """The truth of each present text, asked once for each different one."""
    import numpy as np

    if column.kind != TEXT:
        raise NotNative
    return np.array([fits(text) for text in column.texts], dtype=np.bool_)[column.present] if column.texts else np.zeros(0, dtype=np.bool_)


def between(column: Values, given: Arguments) -> Any:
    """Numbers in a range."""
    bounds, present = given.bounds(needed=True), _numbers(column)
    return bounds.hold(present)


def in_set(column: Values, given: Arguments) -> Any:
    """Values of a set of the column's own kind."""
    import numpy as np

    permitted = given.numbers_or_texts("value_set")
    same_kind(column, permitted)
    if column.kind == TEXT:
        known = set(permitted)
        return by_text(column, known.__contains__)
    return np.isin(column.present, np.array(permitted))


def not_in_set(column: Values, given: Arguments) -> Any:
    """Values outside a set."""
    return ~in_set(column, given)


def unique(column: Values, given: Arguments) -> Any:
    """Values that occur once."""
    import numpy as np

    codes, _ = codes_of(column)
    return np.bincount(codes)[codes] == 1 if len(codes) else np.zeros(0, dtype=np.bool_)


def _regex(given: Arguments, pattern: object) -> Callable[[str], bool]:
    if not isinstance(pattern, str):
        raise NotNative
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise NotNative from None
    return lambda text: compiled.search(text) is not None


def match_regex(column: Values, given: Arguments) -> Any:
    """Texts that a regular expression of Python's finds something in, as pandas does."""
    return by_text(column, _regex(given, given.text("regex")))


def not_match_regex(column: Values, given: Arguments) -> Any:
    """Texts in which it finds nothing."""
    return ~match_regex(column, given)


def match_regex_list(column: Values, given: Arguments) -> Any:
    """Texts that any, or all, of several find something in."""
    patterns = [_regex(given, one) for one in given.texts("regex_list")]
    chosen = any if given.choice("match_on", ("any", "all")) == "any" else all
    return by_text(column, lambda text: chosen(one(text) for one in patterns))


def length_between(column: Values, given: Arguments) -> Any:
    """Texts whose number of characters is in a range."""
    bounds = given.bounds(whole=True, needed=True)
    return by_text(column, lambda text: bool(bounds.hold(len(text))))


def length_equals(column: Values, given: Arguments) -> Any:
    """Texts of so many characters."""
    wanted = given.number("value")
    return by_text(column, lambda text: len(text) == wanted)


def increasing(column: Values, given: Arguments) -> Any:
    """Numbers not below the one before; the first is, and so is one without a difference, as between two infinities."""
    return _steps(column, given, 1)


def decreasing(column: Values, given: Arguments) -> Any:
    """Numbers not above the one before."""
    return _steps(column, given, -1)


def _steps(column: Values, given: Arguments, sign: int) -> Any:
    import numpy as np

    present, strictly = _numbers(column), given.flag("strictly")
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.diff(present) * sign
    good = (steps > 0) if strictly else (steps >= 0)
    return np.concatenate([np.ones(min(1, len(present)), dtype=np.bool_), good | np.isnan(steps)])


def z_score(column: Values, given: Arguments) -> Any:
    """Numbers nearer to the mean than so many standard deviations; where there is no deviation every number is."""
    import numpy as np

    present, threshold, sides = _numbers(column), given.number("threshold"), given.flag("double_sided")
    if "double_sided" not in given.names or (column.kind == REAL and len(present) and present.min() == present.max()):
        raise NotNative  # of equal fractions the library finds a deviation or none by rounding
    with np.errstate(all="ignore"):
        deviation = np.std(present, ddof=1) if len(present) > 1 else np.nan
        scores = (present - np.mean(present)) / deviation if len(present) and deviation else np.full(len(present), np.nan)
    scores, limit = (np.abs(scores), abs(threshold)) if sides else (scores, threshold)
    clear_of(scores, limit)
    return (scores < limit) | np.isnan(scores)
