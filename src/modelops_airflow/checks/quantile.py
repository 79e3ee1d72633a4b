"""A quantile of a column of numbers, from the counts of one scan.

Minimum, maximum and outermost quantiles are the values of single rows. A quantile is told as statistical offices tell it: with
the rows on its smaller side, on which it rests (Griffiths et al. 2019, Handbook on Statistical Disclosure Control for Outputs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil

from ..data.profile import Column
from ..data.scan import BINS
from ..measurement import Metric


def quantile(column: Column, share: str, where: Mapping[str, str], edges_from: Column | None = None) -> Metric:
    """The smallest number with at least this share of the usable ones at or below it.

    Exact where numbers were counted one by one; else it lies in a bin, and `error_bound` is how far it may be from the value given.

    Args:
        share: between 0 and 1, as text.
        edges_from: the column whose values the bin edges are, where it is another one.
    """
    place = {**where, "quantile": share}
    if not column.valid:
        return Metric("quantile", None, place, reason="no usable value")
    rank = max(1, ceil(Decimal(share) * column.valid))
    if column.values is not None:
        value, rows = _counted(column.values, rank, column.valid)
        return Metric("quantile", value, place, n=rows)
    if not column.edges:
        return Metric("quantile", None, place, n=column.valid, reason="the numbers were not counted by size")
    at, before = _bin(column.counts, rank)
    if at in (0, len(column.counts) - 1):
        return Metric("quantile", None, place, n=column.counts[at], reason="it is outside the baseline's range, where rows are not counted by size")
    if len(column.edges) == 1:
        return Metric("quantile", column.edges[0], place, n=column.counts[at])
    low, high = column.edges[at - 1], column.edges[at]
    value = low + (high - low) * (rank - before - 0.5) / column.counts[at]
    owner = column if edges_from is None else edges_from
    rows = min(rank, column.valid - rank + 1, _known_by(owner, at - 1), _known_by(owner, at))
    return Metric("quantile", value, place, n=rows, error_bound=max(value - low, high - value))


def _counted(values: Mapping[str, int], rank: int, of: int) -> tuple[float, int]:
    """The number of a rank, and the rows on its smaller side, its own included."""
    below = 0
    for value, count in sorted((float(text), count) for text, count in values.items()):
        if below + count >= rank:
            return value, min(below + count, of - below)
        below += count
    raise AssertionError("a rank is at most the number of rows")


def _bin(counts: Sequence[int], rank: int) -> tuple[int, int]:
    """The bin of a rank, and the rows in bins before it."""
    before = 0
    for at, count in enumerate(counts):
        if before + count >= rank:
            return at, before
        before += count
    raise AssertionError("a rank is at most the number of rows")


def _known_by(owner: Column, edge: int) -> int:
    """Rows that an edge, which is the value of a row too, tells of: those on its smaller side, or those that surely have this very value.

    Edges are values at equal steps of the sorted column, so that strictly between two of them there are fewer rows than a step has.
    """
    beyond = min(sum(owner.counts[: edge + 1]), sum(owner.counts[edge + 1:]))
    if owner.distinct is None or edge + 1 >= len(owner.edges):
        return beyond
    return max(beyond, owner.counts[edge + 1] - ceil(owner.valid / min(BINS, owner.distinct)))
