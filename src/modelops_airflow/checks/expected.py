"""Expectations that a profile can answer exactly, in Great Expectations' own semantics.

Values that are missing are left out of the column-map expectations, `mostly` is the least share of
the others that must fit, and an expectation over no value is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.profile import Column, Profile
from ..data.values import label

# Keys of an expectation that change what it asks and that only the library understands.
_FOREIGN = frozenset({"row_condition", "condition_parser", "strict_min", "strict_max"})


@dataclass(frozen=True)
class Answer:
    """What an expectation came to.

    Attributes:
        unexpected_share: of the values that count; None for expectations about the table.
        told: one line: what was observed.
    """

    success: bool
    unexpected_share: float | None
    n: int
    told: str


def answer(profile: Profile, one: Mapping[str, Any], *, all_columns: bool = False) -> Answer | None:
    """The answer from the profile, or None if the profile cannot tell.

    Args:
        all_columns: the profile has every column that is asked for, so one it lacks is not in the data.
    """
    kwargs = {key: value for key, value in one.get("kwargs", {}).items() if value is not None}
    if _FOREIGN & {key for key, value in kwargs.items() if value}:
        return None
    kind = str(one["type"])
    if kind in _TABLE:
        return _TABLE[kind](profile, kwargs)
    if kind not in _COLUMN:
        return None
    if kwargs.get("column") not in profile.columns:
        gone = f"column {kwargs.get('column')} is not there"
        return Answer(False, 1.0, profile.rows, gone) if all_columns else None
    return _COLUMN[kind](profile.columns[kwargs["column"]], kwargs)


def _exists(profile: Profile, kwargs: Mapping[str, Any]) -> Answer | None:
    if "column_index" in kwargs:
        return None
    there = kwargs.get("column") in profile.columns
    return Answer(there, None, profile.rows, f"column {kwargs.get('column')} is {'there' if there else 'not there'}")


def _row_count(profile: Profile, kwargs: Mapping[str, Any]) -> Answer:
    low, high = kwargs.get("min_value", 0), kwargs.get("max_value", profile.rows)
    return Answer(low <= profile.rows <= high, None, profile.rows, f"{profile.rows} rows")


def _not_null(column: Column, kwargs: Mapping[str, Any]) -> Answer:
    return _map(column.nulls, column.n, kwargs, "missing")


def _between(column: Column, kwargs: Mapping[str, Any]) -> Answer | None:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if column.kind != "numeric" or column.infinite or any(isinstance(bound, str) for bound in (low, high)):
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


def _aggregate(value: Callable[[Column], float | None]) -> Callable[[Column, Mapping[str, Any]], Answer | None]:
    def judge(column: Column, kwargs: Mapping[str, Any]) -> Answer | None:
        observed = value(column)
        if observed is None or column.infinite:
            return None
        low, high = kwargs.get("min_value", observed), kwargs.get("max_value", observed)
        if isinstance(low, str) or isinstance(high, str):
            return None
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
    "expect_column_mean_to_be_between": _aggregate(lambda column: column.mean),
}
