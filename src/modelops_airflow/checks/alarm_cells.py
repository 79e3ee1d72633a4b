"""The cells in which a monitor compares a column with its baseline: about ten, and none of them nearly empty.

The cells follow from the baseline and the current number of rows alone, never from the current values: else what
happens to be large today would get a cell of its own, and chance would look like drift. For the same reason labels are
put together in the order of their names and not of their frequency. Missing values are compared too.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..data.profile import NUMERIC, Column
from ..data.values import FEW_VALUES, sort_key

LEAST_EXPECTED = 10
"""Rows that a cell holds in the baseline, and is expected to hold in the current data."""

_MOST_CELLS = 10

Pair = tuple[int, int]
"""Rows of the baseline and of the current data."""


@dataclass(frozen=True)
class Cells:
    """Rows of both sides by cell.

    Attributes:
        rest: rows of what is too rare for a cell, where there is but one cell to put it into.
        bounds: upper ends of the cells of numbers, as indices into the edges; empty where values are labels.
    """

    baseline: tuple[int, ...]
    current: tuple[int, ...]
    rest: Pair = (0, 0)
    bounds: tuple[int, ...] = ()

    @property
    def freedom(self) -> int:
        """Degrees of freedom."""
        return len(self.baseline) - 1

    @property
    def distance(self) -> float:
        """How far the sides are apart."""
        return distance(self.baseline, self.current) if self.freedom else self.with_rest(self.rest[1])

    def with_rest(self, current: int) -> float:
        """The distance if the current data held so many rows of what is rare."""
        return distance((self.baseline[0] - self.rest[0], self.rest[0]), (self.current[0] - current, current))


def distance(baseline: Sequence[float], current: Sequence[float]) -> float:
    """How far two rows of counts are apart, as shares: to first order the psi, and never infinite.

    Of two distances the smaller one: squared differences over the pooled share (Pearson), and four times the squared
    Hellinger distance (Freeman and Tukey 1950). Without drift, times n m / (n + m), both are nearly chi-square
    distributed. Where the baseline is small the first has more large values than that, where cells are nearly empty the
    second; the smaller one has not.
    """
    n, m = sum(baseline), sum(current)
    both = list(zip(baseline, current, strict=True))
    pearson = math.fsum((b / n - c / m) ** 2 * (n + m) / (b + c) for b, c in both if b + c)
    return min(pearson, 4 * math.fsum((math.sqrt(b / n) - math.sqrt(c / m)) ** 2 for b, c in both))


def cells_of(old: Column, new: Column) -> Cells | str:
    """The cells of a column, or why there are none."""
    if min(old.n, new.n) < 2 * LEAST_EXPECTED:
        return f"{old.n} and {new.n} rows; expected at least {2 * LEAST_EXPECTED} on each side"
    if old.kind != new.kind:
        return f"{old.kind} became {new.kind}"
    least = LEAST_EXPECTED * max(1.0, old.n / new.n)
    missing = (old.n - old.valid, new.n - new.valid)
    if not old.valid:
        return _joined([missing, (0, new.valid)], least)
    if old.values is not None and (new.values is not None or not new.valid):
        now = new.values or {}
        known = [(old.values[name], now.get(name, 0)) for name in sorted(old.values, key=sort_key)]
        unseen = new.valid - sum(after for _, after in known)
        return _joined([*_grouped(known, least)[0], (0, unseen), missing], least)
    if old.kind != NUMERIC:
        return "too many different values to count"
    if old.values is not None and len(old.values) <= FEW_VALUES // 2:
        return f"{len(old.values)} different numbers became more than {FEW_VALUES}"
    groups, bounds = _grouped(list(zip(old.counts, new.counts or (0,) * len(old.counts), strict=True)), least)
    return _joined([*groups, missing], least, bounds)


def _grouped(ordered: Sequence[Pair], least: float) -> tuple[list[Pair], tuple[int, ...]]:
    """Neighbours put together to cells of about equal baseline mass, and where each but the last ends.

    What one value alone fills leaves the other cells to the rest, so the tail of a column that is mostly zero can drift.
    """
    groups, bounds = [(0, 0)], list[int]()
    left = sum(before for before, _ in ordered)
    aim = max(left / _MOST_CELLS, least)
    for index, (before, after) in enumerate(ordered):
        groups[-1] = (groups[-1][0] + before, groups[-1][1] + after)
        full = groups[-1][0]
        if full >= aim and left - full >= least and len(groups) < _MOST_CELLS:
            left -= full
            aim = max(left / (_MOST_CELLS - len(groups)), least)
            bounds.append(index)
            groups.append((0, 0))
    return groups, tuple(bounds)


def _joined(cells: Sequence[Pair], least: float, bounds: tuple[int, ...] = ()) -> Cells:
    """What is too rare for a cell goes together; if that is still too rare, into the smallest of the others."""
    kept = [cell for cell in cells if cell[0] >= least]
    rest = _total([cell for cell in cells if cell[0] < least])
    if rest[0] >= least:
        kept.append(rest)
    else:
        smallest = min(range(len(kept)), key=lambda index: kept[index][0])
        kept[smallest] = _total([kept[smallest], rest])
    single = len(kept) == 1
    return Cells(tuple(b for b, _ in kept), tuple(c for _, c in kept), rest if single else (0, 0), () if single else bounds)


def _total(cells: Sequence[Pair]) -> Pair:
    return sum(before for before, _ in cells), sum(after for _, after in cells)


def moved(column: Column, cells: Cells, sigmas: float) -> float:
    """The distance that a column of numbers would have from its baseline if all its values grew by so many deviations."""
    step = sigmas * (column.std or 0.0)
    before = [0.0, *(_below(column, column.edges[bound]) for bound in cells.bounds), 1.0]
    after = [0.0, *(_below(column, column.edges[bound] - step) for bound in cells.bounds), 1.0]
    n, m = sum(cells.baseline), sum(cells.current)
    return distance([n * (b - a) for a, b in pairwise(before)],
                    [m * (b - a) for a, b in pairwise(after)])


def _below(column: Column, value: float) -> float:
    """Share of the baseline's numbers below a value, straight inside a bin."""
    place = bisect_left(column.edges, value)
    if not place:
        return 0.0
    if place == len(column.edges):
        return 1.0
    low, high = column.edges[place - 1], column.edges[place]
    inside = column.counts[place] * (value - low) / (high - low)
    return (sum(column.counts[:place]) + inside) / column.valid
