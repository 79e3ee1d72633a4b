"""Expectations about several columns of a row. Rows whose values are missing, as `ignore_row_if` says, are left out."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from itertools import combinations
from typing import Any

from .arguments import Arguments, NotNative, is_number
from .codes import codes_with_gaps
from .frame import CATEGORY, EXACT, NUMBERS, TEXT, Frame, Values
from .map import column_of
from .result import Result, mapped

_PAIR = ("both_values_are_missing", "either_value_is_missing", "neither")
_SEVERAL = ("all_values_are_missing", "any_value_is_missing", "never")

Rule = Callable[[list[Values], Any, Arguments], Any]
"""From columns and the rows that count to the truth of each of those rows."""


def pair(rule: Rule) -> Callable[[Frame, Arguments], Result]:
    """An expectation about `column_A` and `column_B`."""

    def judge(frame: Frame, given: Arguments) -> Result:
        columns = [column_of(frame, given, name=name) for name in ("column_A", "column_B")]
        return _judged(frame, columns, _PAIR, rule, given)

    return judge


def several(rule: Rule) -> Callable[[Frame, Arguments], Result]:
    """An expectation about the columns of `column_list`."""

    def judge(frame: Frame, given: Arguments) -> Result:
        columns = [frame.values(name) for name in given.texts("column_list", least=2)]
        known = [one for one in columns if one is not None]
        if len(known) < len(columns):
            raise NotNative
        return _judged(frame, known, _SEVERAL, rule, given)

    return judge


def _judged(frame: Frame, columns: list[Values], words: tuple[str, ...], rule: Rule, given: Arguments) -> Result:
    import numpy as np

    ignored, gaps = given.choice("ignore_row_if", words), [one.missing for one in columns]
    left_out = np.zeros(frame.rows, dtype=np.bool_)
    if ignored != words[2]:
        left_out = reduce(np.logical_and if ignored == words[0] else np.logical_or, gaps)
    fits = rule(columns, ~left_out, given)
    return mapped(frame.rows, len(fits) - int(fits.sum()), given.mostly(), missing=int(left_out.sum()))


def greater(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """A number of A is above that of B; a missing one is not."""
    first, second = _floats(columns, rows)
    return first >= second if given.flag("or_equal") else first > second


def equal(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """A equals B; a missing value equals nothing."""
    return _same(columns[0], columns[1], rows)


def pairs_in_set(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """The pair of A and B is one of the set's; null stands for missing."""
    import numpy as np

    permitted = given.anything("value_pairs_set")
    if not isinstance(permitted, list) or not all(isinstance(one, list) and len(one) == 2 and all(map(_plain, one)) for one in permitted):
        raise NotNative
    if not {one.kind for one in columns} <= {*NUMBERS, TEXT}:
        raise NotNative
    known = {(first, second) for first, second in permitted}
    kept = zip(*(one.plain() for one in columns), rows.tolist(), strict=True)
    return np.array([(first, second) in known for first, second, counts in kept if counts], dtype=np.bool_)


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str) or is_number(value)


def unique_rows(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """The columns together occur once; missing values are equal."""
    import numpy as np

    together = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        codes = codes_with_gaps(column)
        together = np.unique(together * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1].astype(np.int64)
    kept = together[rows]
    return np.bincount(kept)[kept] == 1 if len(kept) else np.zeros(0, dtype=np.bool_)


def sum_equals(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """The numbers of a row add up to a total; with a missing one they do not. Three fractions are added in no certain order."""
    import numpy as np

    wanted, floats = given.number("sum_total"), _floats(columns, rows)
    with np.errstate(all="ignore"):
        if len(floats) > 2 and not all(_whole(one) for one in floats):
            raise NotNative
        return sum(floats[1:], start=floats[0]) == wanted


def _whole(values: Any) -> bool:
    import numpy as np

    known = values[~np.isnan(values)]
    return bool(np.all(np.isfinite(known)) and np.all(known == np.round(known)) and np.all(np.abs(known) < EXACT / 64))


def all_equal(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """The columns of a row are equal; missing values are."""
    return reduce(operator.and_, (_same(columns[0], one, rows, gaps=True) for one in columns[1:]))


def all_different(columns: list[Values], rows: Any, given: Arguments) -> Any:
    """No two columns of a row are equal; missing values are."""
    twins = (_same(one, other, rows, gaps=True) for one, other in combinations(columns, 2))
    return ~reduce(operator.or_, twins)


def _same(one: Values, other: Values, rows: Any, *, gaps: bool = False) -> Any:
    import numpy as np

    if one.kind == TEXT == other.kind and CATEGORY not in (one.dtype, other.dtype):
        names = {text: place for place, text in enumerate(dict.fromkeys([*one.texts, *other.texts]))}
        left, right = (np.array([names[text] for text in each.texts] or [0])[each.all] for each in (one, other))
    elif one.kind in NUMBERS and other.kind in NUMBERS:
        left, right = one.all, other.all
    else:
        raise NotNative
    same = (left == right) & ~one.missing & ~other.missing
    return (same | (one.missing & other.missing) if gaps else same)[rows]


def _floats(columns: list[Values], rows: Any) -> list[Any]:
    import numpy as np

    if any(one.kind not in NUMBERS for one in columns):
        raise NotNative
    return [np.where(one.missing, np.nan, one.all.astype(np.float64))[rows] for one in columns]

