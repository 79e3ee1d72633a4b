"""Expectations that a profile can answer exactly, in Great Expectations' own semantics.

Values that are missing are left out of the column-map expectations, `mostly` is the least share of
the others that must fit, and an expectation over no value is met.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..data.profile import Column, Profile
from ..data.values import label, sort_key
from .answer import Answer

# What a profile can honour of an expectation; anything else, a misspelt key above all, is for the library to refuse.
_KEYS: Mapping[str, frozenset[str]] = {
    "expect_column_to_exist": frozenset({"column"}),
    "expect_table_row_count_to_be_between": frozenset({"min_value", "max_value"}),
    "expect_column_values_to_not_be_null": frozenset({"column", "mostly"}),
    "expect_column_values_to_be_between": frozenset({"column", "mostly", "min_value", "max_value"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "mostly", "value_set"}),
    "expect_column_min_to_be_between": frozenset({"column", "min_value", "max_value"}),
    "expect_column_max_to_be_between": frozenset({"column", "min_value", "max_value"}),
    "expect_column_mean_to_be_between": frozenset({"column", "min_value", "max_value"}),
}
FROM_PROFILE = frozenset(_KEYS)
"""The types that a profile can answer."""

_EXACT = 2**53
_BESIDE = 1e-5


def answer(profile: Profile, one: Mapping[str, Any], *, all_columns: bool = False) -> Answer | None:
    """The answer from the profile, or None if the profile cannot tell.

    Args:
        all_columns: the profile has every column that is asked for, so one it lacks is not in the data.
    """
    kind = str(one["type"])
    told = one.get("kwargs") or {}
    if kind not in _KEYS or not isinstance(told, Mapping) or not _understood(kind, told):
        return None
    kwargs = {key: value for key, value in told.items() if value is not None}
    if kind == "expect_column_values_to_be_in_set" and not all_columns and _ambiguous(profile, kwargs):
        return None
    column = profile.columns.get(kwargs.get("column", ""))
    if column is None and "column" in kwargs and not all_columns:
        return None  # perhaps an ignored one
    if kind in _TABLE:
        return _TABLE[kind](profile, kwargs)
    if column is None:
        return Answer(False, 1.0, profile.rows, f"column {kwargs['column']} is not there")
    if not all_columns and max(abs(column.low or 0.0), abs(column.high or 0.0)) >= _EXACT:
        return None  # whole numbers this large are rounded in a profile
    return _COLUMN[kind](column, kwargs)


def _understood(kind: str, told: Mapping[str, Any]) -> bool:
    if not told.keys() <= _KEYS[kind] or ("column" in _KEYS[kind] and not isinstance(told.get("column"), str)):
        return False
    bounds = [value for value in (told.get("min_value"), told.get("max_value")) if value is not None]
    mostly = told.get("mostly", 1.0)
    if not all(_number(value) for value in bounds) or not _number(mostly) or not 0 <= mostly <= 1:
        return False
    if "min_value" in _KEYS[kind] and (not bounds or bounds != sorted(bounds)):
        return False
    return "value_set" not in _KEYS[kind] or (isinstance(told.get("value_set"), list) and bool(told["value_set"]))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _ambiguous(profile: Profile, kwargs: Mapping[str, Any]) -> bool:
    """Whether a label could be a number, a truth value or bytes in the data, which the library does not take for a text."""
    column = profile.columns.get(str(kwargs["column"]))
    if column is None or column.values is None:
        return False
    permitted = {label(value) for value in kwargs["value_set"]}
    return any(name in ("true", "false") or sort_key(name)[0] == 0 or name.startswith(("b'", 'b"')) for name in column.values if name in permitted)


def _exists(profile: Profile, kwargs: Mapping[str, Any]) -> Answer:
    there = kwargs.get("column") in profile.columns
    return Answer(there, None, profile.rows, f"column {kwargs.get('column')} is {'there' if there else 'not there'}")


def _row_count(profile: Profile, kwargs: Mapping[str, Any]) -> Answer:
    low, high = kwargs.get("min_value", 0), kwargs.get("max_value", profile.rows)
    return Answer(low <= profile.rows <= high, None, profile.rows, f"{profile.rows} rows")


def _not_null(column: Column, kwargs: Mapping[str, Any]) -> Answer:
    return _map(column.nulls, column.n, kwargs, "missing")


def _between(column: Column, kwargs: Mapping[str, Any]) -> Answer | None:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if column.kind != "numeric" or column.infinite:
        return None
    if column.low is None or column.high is None:
        return _map(0, 0, kwargs, "outside")
    fits = (low is None or low <= column.low) and (high is None or column.high <= high)
    if fits:
        return _map(0, column.valid, kwargs, "outside")
    if column.edges and low == column.edges[0] and high == column.edges[-1]:
        return _map(column.counts[0] + column.counts[-1], column.valid, kwargs, "outside")
    return None


def _in_set(column: Column, kwargs: Mapping[str, Any]) -> Answer | None:
    if column.values is None or column.kind != "categorical":
        return None
    permitted = {label(value) for value in kwargs.get("value_set", ())}
    outside = sum(count for name, count in column.values.items() if name not in permitted)
    return _map(outside, column.valid, kwargs, "outside the set")


def _beside(value: float, bound: float | None) -> bool:
    """Whether a bound differs from a value by so little that a column of float32 could take them for equal, as the library compares its numbers."""
    return bound is not None and bound != value and math.isclose(value, bound, rel_tol=_BESIDE)


def _aggregate(value: Callable[[Column], float | None], *, added: bool = False) -> Callable[[Column, Mapping[str, Any]], Answer | None]:
    """An expectation about a number of the profile; one that was added up is not judged at its very bound, where rounding decides."""

    def judge(column: Column, kwargs: Mapping[str, Any]) -> Answer | None:
        observed = value(column)
        if observed is None or column.infinite:
            return None
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        if any(_beside(observed, bound) or (added and bound == observed) for bound in (low, high)):
            return None
        low, high = observed if low is None else low, observed if high is None else high
        return Answer(low <= observed <= high, None, column.valid, f"observed {observed:.6g}")

    return judge


def _map(unexpected: int, n: int, kwargs: Mapping[str, Any], words: str) -> Answer:
    share = unexpected / n if n else 0.0
    success = n == 0 or (n - unexpected) / n >= kwargs.get("mostly", 1.0)
    return Answer(success, share, n, f"{unexpected} of {n} {words}")


_TABLE: Mapping[str, Callable[[Profile, Mapping[str, Any]], Answer | None]] = {
    "expect_column_to_exist": _exists,
    "expect_table_row_count_to_be_between": _row_count,
}

_COLUMN: Mapping[str, Callable[[Column, Mapping[str, Any]], Answer | None]] = {
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_min_to_be_between": _aggregate(lambda column: column.low),
    "expect_column_max_to_be_between": _aggregate(lambda column: column.high),
    "expect_column_mean_to_be_between": _aggregate(lambda column: column.mean, added=True),
}
