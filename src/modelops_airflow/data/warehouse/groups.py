"""Group tables and the median of the score, counted by the database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import DataError
from ..group import Group, Median
from ..groups import MANY_GROUPS, MOST_GROUPS, SEPARATOR
from ..values import label, sort_key
from .labelled import is_known, is_label
from .number import exact, rows_where
from .order import values_at
from .rows import Rows
from .types import NUMBERS

Counts = dict[tuple[str, ...], list[int]]


def median_of(rows: Rows, roles: Mapping[str, str]) -> Median | None:
    """The median of the score over all rows, or why there is none; None without a score."""
    name = next((name for name, role in roles.items() if role == "score"), None)
    if name is None:
        return None
    if rows.kinds[name] not in NUMBERS:
        return Median(None, "the score is no number")
    finite = int(rows.one({name: rows_where(is_known(rows, name))})[name])
    if finite < rows.count:
        return Median(None, f"{rows.count - finite} rows have no finite score")
    places = ((finite - 1) // 2, finite // 2)
    found = values_at(rows, name, places)
    low, high = (found[place] for place in places)
    return Median((low + high) / 2 if math.isfinite(low + high) else low / 2 + high / 2)


def conditions(rows: Rows, roles: Mapping[str, str], favourable: str, median: Median | None) -> dict[str, Any]:
    """Field of `Group` -> which rows are counted in it."""
    names = {role: name for name, role in roles.items()}
    found: dict[str, Any] = {}
    if favourable and "prediction" in names:
        selected = is_label(rows, names["prediction"], favourable).fill_null(False)
        found["selected"] = selected
        if "target" in names:
            known, truth = is_known(rows, names["target"]), is_label(rows, names["target"], favourable)
            truth, known = truth.fill_null(False), known.fill_null(False)
            found |= {"tp": known & truth & selected, "fp": known & ~truth & selected, "tn": known & ~truth & ~selected,
                      "fn": known & truth & ~selected}
    if median is not None and median.value is not None:
        found["above"] = rows.table[names["score"]].cast("float64") > exact(median.value)
    return found


def group_tables(rows: Rows, protected: Sequence[str], counted: Mapping[str, Any]) -> dict[str, tuple[Group, ...]]:
    """Groups by attribute, and by all attributes together: one query, summed up by attribute here.

    Raises:
        DataError: a protected column is not in the data, or has too many different values.
    """
    for name in protected:
        if name not in rows.kinds:
            raise DataError(f"protected column {name!r} is not in the data; columns: {', '.join(rows.column_names)}")
    different = rows.one({name: rows.table[name].nunique() for name in protected})
    for name, many in different.items():
        if int(many) > MANY_GROUPS:
            raise DataError(f"protected column {name!r} has {many} different values; expected bands, at most {MANY_GROUPS}")
    keys = {f"g{place}": rows.table[name] for place, name in enumerate(protected)}
    facts = {f"n{place}": rows_where(condition) for place, condition in enumerate(counted.values())}
    asked = rows.table.group_by(**keys).aggregate(n=rows.table.count(), **facts).limit(MOST_GROUPS + 1)
    together: Counts = {}
    for row in rows.many(asked):
        _add(together, tuple(label(value) for value in row[: len(protected)]), [int(one) for one in row[len(protected) :]])
    if len(together) > MOST_GROUPS:
        raise DataError(f"the columns {', '.join(protected)} together make more than {MOST_GROUPS} groups; expected bands")
    sets = [(name,) for name in protected] + ([tuple(protected)] if len(protected) > 1 else [])
    return {SEPARATOR.join(one): _groups(one, protected, together, list(counted)) for one in sets}


def _add(counts: Counts, key: tuple[str, ...], more: list[int]) -> None:
    known = counts.get(key)
    counts[key] = more if known is None else [one + other for one, other in zip(known, more, strict=True)]


def _groups(columns: tuple[str, ...], protected: Sequence[str], together: Counts, fields: Sequence[str]) -> tuple[Group, ...]:
    places, counts = [protected.index(name) for name in columns], Counts()
    for key, numbers in together.items():
        _add(counts, tuple(key[place] for place in places), numbers)
    order = sorted(counts, key=lambda key: [sort_key(text) for text in key])
    return tuple(Group(dict(zip(columns, key, strict=True)), counts[key][0], **dict(zip(fields, counts[key][1:], strict=True)))
                 for key in order)
