"""Order statistics: the values at some places of a sorted column, found by the database."""

from __future__ import annotations

from collections.abc import Iterable

from .rows import Rows


def values_at(rows: Rows, name: str, places: Iterable[int]) -> dict[int, float]:
    """Place (from zero, among finite values, ascending) -> value."""
    import ibis

    wanted = sorted(set(places))
    column = rows.numbers([name]).rename(value=name)
    column = column.filter(column.value.notnull())
    ranked = column.mutate(place=ibis.row_number().over(order_by=column.value))
    found = rows.many(ranked.filter(ranked.place.isin(wanted)).select("place", "value"))
    return {int(place): float(value) for place, value in found}
