"""The columns of a profile, counted by the database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import DataError
from ..profile import CATEGORICAL, KEY, NUMERIC, OTHER, TIME, Column
from ..tally import LARGEST_SUMMED
from ..texts import TEXT
from ..values import FEW_VALUES, MANY_VALUES, UNKNOWN, label, sort_key
from .bins import counts_of, own_edges, thresholds
from .number import LARGEST, exact, rows_where
from .rows import Rows
from .types import NUMBERS, Kind

_GLANCE = 1000
"""Rows that show of most columns of numbers that they have many different ones."""


@dataclass(frozen=True)
class _Numbers:
    """A column of numbers after the first query."""

    n: int
    valid: int
    infinite: int
    low: float
    high: float
    middle: float


def describe(rows: Rows, roles: Mapping[str, str], edges: Mapping[str, Sequence[float]] | None) -> dict[str, Column]:
    """Every column that is not ignored, as `data/scan.py` describes it.

    Raises:
        DataError: a column is neither numbers, categories nor times, or has numbers too large to add.
    """
    described = [name for name in rows.column_names if roles.get(name) != "ignore"]
    if texts := [name for name in described if roles.get(name) == TEXT]:
        raise DataError(f"column {texts[0]!r} is a free text, whose length is counted where its rows are read; take push_down out of the data")
    names = [name for name in described if roles.get(name) != KEY]
    kinds = {name: _kind(rows, name) for name in names}
    numeric = [name for name in names if kinds[name] in NUMBERS]
    first = _first(rows, numeric)
    filled = rows.one({name: rows_where(rows.table[name].notnull()) for name in described if name not in first})
    few = {name: _few(rows, name) for name in _maybe_few(rows, [name for name in numeric if first[name].valid])}
    labelled = [name for name in names if name not in first] + [
        name for name in numeric if few.get(name) is not None and roles.get(name) in ("target", "prediction")]
    plain = [name for name in numeric if first[name].valid and name not in labelled]
    stored = own_edges(rows, {name: first[name].valid for name in plain}) if edges is None else {
        name: (tuple(float(edge) for edge in edges.get(name, ())), None) for name in plain}
    second = _second(rows, {name: (first[name], stored[name][0]) for name in plain})
    found = {}
    for name in described:
        if name not in names:
            found[name] = Column(OTHER, rows.count, rows.count - int(filled[name]))
        elif kinds[name] is Kind.TIME:
            found[name] = Column(TIME, rows.count, rows.count - int(filled[name]))
        elif name in labelled:
            found[name] = _categorical(rows, name)
        elif not first[name].valid:
            one = first[name]
            found[name] = Column(NUMERIC, one.n, one.n - one.infinite, one.infinite, distinct=0)
        else:
            found[name] = _numeric(first[name], *stored[name], few.get(name), second[name])
    return found


def _kind(rows: Rows, name: str) -> Kind:
    kind = rows.kinds[name]
    if kind is None:
        raise DataError(f"column {name!r} cannot be described: its type is neither number, category nor time; "
                        "cast it in the query or name it under data.columns.ignore")
    return kind


def _first(rows: Rows, names: Sequence[str]) -> dict[str, _Numbers]:
    """Counts and extremes, and then a mean to count deviations from: of numbers too large to add Postgres gives none."""
    if not names:
        return {}
    clean = rows.numbers(names)
    facts: dict[tuple[str, str], Any] = {}
    for name in names:
        facts |= {(name, "valid"): rows_where(clean[name].notnull()), (name, "low"): clean[name].min(), (name, "high"): clean[name].max()}
    told = rows.one(facts, clean)
    for name in names:
        if max(-float(told[name, "low"] or 0), float(told[name, "high"] or 0)) > LARGEST_SUMMED:
            raise DataError(f"column {name!r} cannot be described: its numbers are too large to add; "
                            "mend it or name it under data.columns.ignore")
    middles = rows.one({name: clean[name].mean() for name in names}, clean)
    ends = rows.one({name: rows_where(_infinite(rows, name)) for name in names if rows.kinds[name] is not Kind.WHOLE})
    return {
        name: _Numbers(rows.count, int(told[name, "valid"]), int(ends.get(name, 0)), float(told[name, "low"] or 0),
                       float(told[name, "high"] or 0), float(middles[name] or 0))
        for name in names
    }


def _infinite(rows: Rows, name: str) -> Any:
    """Beyond every finite number; NaN is too on some engines, and is left out by name where there is one."""
    value = rows.table[name].cast("float64")
    above = value > exact(LARGEST)
    if rows.session.dialect != "sqlite":
        above &= ~value.isnan()
    return (value < exact(-LARGEST)) | above


def _maybe_few(rows: Rows, names: Sequence[str]) -> list[str]:
    """Columns that show few different numbers in some rows."""
    if not names:
        return []
    some = rows.numbers(names).limit(_GLANCE)
    (answer,) = rows.many(some.aggregate(**{f"a{place}": some[name].nunique() for place, name in enumerate(names)}))
    return [name for name, different in zip(names, answer, strict=True) if int(different) <= FEW_VALUES]


def _few(rows: Rows, name: str) -> dict[str, int] | None:
    """Rows by number, ascending; None if there are many."""
    column = rows.numbers([name]).rename(value=name)
    column = column.filter(column.value.notnull())
    found = rows.many(column.group_by("value").aggregate(rows=column.count()).limit(FEW_VALUES + 1))
    if len(found) > FEW_VALUES:
        return None
    counted = sorted((float(value) + 0.0, int(count)) for value, count in found)  # of zero there is one
    return {f"{value:.17g}": count for value, count in counted}


def labels_of(rows: Rows, name: str, most: int = MANY_VALUES) -> dict[str, int] | None:
    """Rows by label, those of no category too; None if there are more labels than that."""
    table = rows.table
    found = rows.many(table.group_by(value=table[name]).aggregate(rows=table.count()).limit(most + FEW_VALUES))
    counted: dict[str, int] = {}
    for value, count in found:
        text = label(value)
        counted[text] = counted.get(text, 0) + int(count)
    return counted if len(counted) - (UNKNOWN in counted) <= most and len(found) < most + FEW_VALUES else None


def _categorical(rows: Rows, name: str) -> Column:
    counted = labels_of(rows, name)
    if counted is None:
        filled = rows.one({name: rows_where(rows.table[name].notnull())})[name]
        return Column(CATEGORICAL, rows.count, rows.count - int(filled), distinct=None)
    nulls = counted.pop(UNKNOWN, 0)
    values = dict(sorted(counted.items(), key=lambda item: sort_key(item[0])))
    return Column(CATEGORICAL, rows.count, nulls, distinct=len(values), values=values)


def _second(rows: Rows, asked: Mapping[str, tuple[_Numbers, Sequence[float]]]) -> dict[str, dict[str | int, Any]]:
    """Rows at or above each edge, and deviations from the first query's mean."""
    if not asked:
        return {}
    clean, facts = rows.numbers(asked), dict[tuple[str, str | int], Any]()
    for name, (first, edges) in asked.items():
        away = clean[name] - exact(first.middle)
        facts |= {(name, "total"): away.sum(), (name, "squares"): (away * away).sum()}
        facts |= {(name, place): rows_where(clean[name] >= exact(edge)) for place, edge in enumerate(thresholds(edges))}
    found: dict[str, dict[str | int, Any]] = {name: {} for name in asked}
    for (name, fact), value in rows.one(facts, clean).items():
        found[name][fact] = value
    return found


def _numeric(
    first: _Numbers, edges: tuple[float, ...], distinct: int | None, few: dict[str, int] | None, second: Mapping[str | int, Any]
) -> Column:
    mean, std = first.low, 0.0
    if first.low != first.high:
        total, squares = float(second["total"]), float(second["squares"])
        mean = first.middle + total / first.valid
        std = math.sqrt(max(0.0, squares - total * total / first.valid) / first.valid)
    return Column(
        NUMERIC, first.n, first.n - first.valid - first.infinite, first.infinite, distinct=distinct if few is None else len(few),
        low=first.low, high=first.high, mean=mean, std=std, values=few, edges=edges,
        counts=counts_of([int(second[place]) for place in range(len(thresholds(edges)))], first.valid),
    )
