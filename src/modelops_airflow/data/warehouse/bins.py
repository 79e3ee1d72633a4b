"""Bins: edges found by the database, and rows by bin from rows at or above each edge."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..scan import quantile_places
from .order import values_at
from .rows import Rows

Edges = dict[str, tuple[tuple[float, ...], int | None]]


def own_edges(rows: Rows, valid: Mapping[str, int]) -> Edges:
    """For each column the edges of about equally full bins, exact, and how many different numbers there are.

    Args:
        valid: column -> finite values in it.
    """
    if not valid:
        return {}
    clean = rows.numbers(valid)
    distinct = {name: int(found) for name, found in rows.one({name: clean[name].nunique() for name in valid}, clean).items()}
    return {name: (_edges(rows, name, n, distinct[name]), distinct[name]) for name, n in valid.items()}


def _edges(rows: Rows, name: str, n: int, distinct: int) -> tuple[float, ...]:
    places = [int(place) for place in quantile_places(n, distinct)]
    return tuple(sorted({value + 0.0 for value in values_at(rows, name, places).values()}))


def thresholds(edges: Sequence[float]) -> list[float]:
    """What rows are counted at or above: the last bin is closed, so behind it a row must be above its edge."""
    inner = list(edges if len(edges) < 2 else edges[:-1])
    return [*inner, math.nextafter(edges[-1], math.inf)] if edges else []


def counts_of(reached: Sequence[int], valid: int) -> tuple[int, ...]:
    """Rows by bin, with one before the first edge and one behind the last; empty without edges.

    Args:
        reached: rows at or above each threshold.
    """
    return tuple(one - other for one, other in zip([valid, *reached], [*reached, 0], strict=True)) if reached else ()
