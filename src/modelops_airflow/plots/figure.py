"""How a number of a measurement is written in a picture, and told to those who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ..checks.drift import METRICS as _NEVER_NEGATIVE
from ..measurement import Metric

_TOLD_AT_MOST = 100


def short(value: float, marks: Iterable[float] = ()) -> str:
    """Four digits, as far as a bar can be read; more, where these would put the value on another side of a mark."""
    marks = tuple(marks)
    whole = [f"{value:,.0f}"] if 1e4 <= abs(value) < 1e9 else []
    told = (*whole, *(f"{value + 0.0:.{digits}g}" for digits in (4, 6, 9, 17)))
    return next(text for text in told if all(_side(float(text.replace(",", "")), mark) == _side(value, mark) for mark in marks))


def _side(value: float, mark: float) -> int:
    return (value > mark) - (value < mark)


def percent(share: float) -> str:
    """A share with one decimal; what is not nothing is never shown as nothing, nor what is not all as all.

    What is far too large for a share is told as the number that it is.
    """
    if abs(share) >= 1e6:
        return short(share)
    shown = f"{share:.1%}"
    if share > 0 and shown == "0.0%":
        return "<0.1%"
    return ">99.9%" if share < 1 and shown == "100.0%" else shown


def interval_of(row: Metric) -> tuple[float, float] | None:
    """Where the value may lie: its interval, or as far as its error bound reaches; None where either is not known or has no end."""
    if row.value is None:
        return None
    if row.ci is not None:
        ends = row.ci
    elif row.error_bound:
        low = row.value - row.error_bound
        ends = (max(0.0, low) if row.name in _NEVER_NEGATIVE else low, row.value + row.error_bound)
    else:
        return None
    return ends if all(map(math.isfinite, ends)) else None


def value_told(row: Metric, marks: Iterable[float] = ()) -> str:
    """The value with where it may lie; without a value that there is none, and why.

    Args:
        marks: lines that it is drawn beside.
    """
    if row.value is None:
        return f"no value: {row.reason}"
    unit, value = f" {row.unit}" if row.unit else "", short(row.value, marks)
    ends = interval_of(row)
    if ends is not None and row.ci is None and row.error_bound is not None:
        return f"{value} ± {row.error_bound:.3g}{unit}"
    if ends is not None:
        return f"{value} ({ends[0]:.3g} to {ends[1]:.3g}){unit}"
    endless = row.ci is not None or (row.error_bound is not None and not math.isfinite(row.error_bound))
    return f"{value}{unit}" + (" (interval not known)" if endless else "")


def place(where: Mapping[str, str]) -> str:
    """What a row was measured on: the labels of groups, else names and values."""
    if not where:
        return "all rows"
    if len(where) == 1:
        return str(next(iter(where.values())))
    return ", ".join(f"{key} {value}" for key, value in where.items())


def in_words(rows: Iterable[Metric], marks: Iterable[float] = ()) -> str:
    """The numbers of a picture as a sentence."""
    marks = tuple(marks)
    told = [f"{row.name}{f' of {place(row.where)}' if row.where else ''}: {value_told(row, marks)}" for row in rows]
    more = [f"and {len(told) - _TOLD_AT_MOST:,} more"] if len(told) > _TOLD_AT_MOST else []
    return "; ".join([*told[:_TOLD_AT_MOST], *more])
