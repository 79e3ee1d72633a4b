"""One column against its baseline from what both profiles keep: labels by count, numbers by the baseline's bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from ..data.profile import NUMERIC, Column
from ..data.values import sort_key
from ..measurement import Metric
from .count_test import COUNT_TESTS, DRAWN
from .distance import DISTANCES, shares
from .drift_method import LABELS, METHODS
from .t_test import t_test_p

_DECILES = 10


def stored(old: Column, new: Column, method: str, where: dict[str, str]) -> Metric:
    """What a method measures, with how far it may be from the exact value."""
    metric, n = METHODS[method].metric, new.valid
    if old.kind != NUMERIC and (old.values is None or new.values is None):
        return Metric(metric, None, where, n=n, reason="too many different values to count")
    if old.values is not None and new.values is not None and method in (*COUNT_TESTS, *DISTANCES):
        keys = sorted(old.values.keys() | new.values.keys(), key=sort_key)
        before, after = ([side.get(key, 0) for key in keys] for side in (old.values, new.values))
        return counted(method, before, after, where)
    if METHODS[method].works_on == LABELS:
        return Metric(metric, None, where, n=n, reason="a test for categories, not for numbers")
    if METHODS[method].rows:
        return Metric(metric, None, where, n=n, reason="it compares the rows of both sides; set binning: evidently")
    return _binned(old, new, method, where)


def counted(method: str, before: Sequence[int], after: Sequence[int], where: dict[str, str]) -> Metric:
    """A distance or test of two rows of counts."""
    metric, n = METHODS[method].metric, sum(after)
    if method in DISTANCES:
        value = DISTANCES[method](shares(before, sum(before)), shares(after, n))
        return Metric(metric, value, where, n=n, error_bound=0.0)
    row = tested(metric, COUNT_TESTS[method](before, after), where, n)
    return replace(row, error_bound=None) if method in DRAWN else row


def tested(metric: str, found: float | str, where: dict[str, str], n: int) -> Metric:
    """The row of a p-value, or of the reason why there is none."""
    if isinstance(found, str):
        return Metric(metric, None, where, n=n, reason=found)
    return Metric(metric, found, where, n=n, p=found, error_bound=0.0)


def _binned(old: Column, new: Column, method: str, where: dict[str, str]) -> Metric:
    n = new.valid
    if method == "ks":
        distance, bound = _ks(old, new)
        return Metric("ks_distance", distance, where, n=n, error_bound=bound)
    if method == "wasserstein":
        distance, bound = _wasserstein(old, new)
        return Metric("wasserstein", distance, where, n=n, error_bound=bound)
    if method == "t_test":
        return tested("t_test_p", t_test_p(old, new), where, n)
    before, after = _deciles(old, new)
    return counted(method, before, after, where)


def _deciles(old: Column, new: Column) -> tuple[list[int], list[int]]:
    """Counts of both sides on about ten bins of equal baseline mass, outer bins open.

    What one value alone fills leaves the other bins to the rest, down to a hundredth of the baseline each: the tail of a
    column that is mostly zero must be able to drift.
    """
    before, after = list(old.counts), list(new.counts)
    groups: tuple[list[int], list[int]] = ([0], [0])
    left, aim = old.valid, old.valid / _DECILES
    for index in range(len(before)):
        groups[0][-1] += before[index]
        groups[1][-1] += after[index]
        if groups[0][-1] >= aim and index < len(before) - 2 and len(groups[0]) < _DECILES:
            left -= groups[0][-1]
            aim = max(left / (_DECILES - len(groups[0])), old.valid / 100)
            groups[0].append(0)
            groups[1].append(0)
    return groups


def _cumulative(column: Column) -> list[float]:
    valid = column.valid
    return [total / valid for total in accumulate(column.counts)]


def _ks(old: Column, new: Column) -> tuple[float, float]:
    """Largest distance at the stored edges; inside a bin it can be larger by the fuller side's mass."""
    f, g = _cumulative(old), _cumulative(new)
    before, after = old.valid, new.valid
    bound = max(max(b / before, c / after) for b, c in zip(old.counts, new.counts, strict=True))
    return max(abs(a - b) for a, b in zip(f, g, strict=True)), bound


def _wasserstein(old: Column, new: Column) -> tuple[float, float]:
    """Area between the distribution functions, straight inside bins, over the baseline's deviation.

    Inside a bin both functions stay between their values at its edges, so the area is wrong by at
    most the bin's width times the two masses.
    """
    assert old.low is not None and old.high is not None  # noqa: S101 - the side has usable values
    assert new.low is not None and new.high is not None  # noqa: S101 - the side has usable values
    inner = old.edges if len(old.edges) > 1 else old.edges * 2  # a single value is a bin without width
    edges = [min(old.low, new.low), *inner, max(old.high, new.high)]
    f, g = [0.0, *_cumulative(old)], [0.0, *_cumulative(new)]
    area = bound = 0.0
    before, after = old.valid, new.valid
    for index in range(len(edges) - 1):
        width = edges[index + 1] - edges[index]
        area += width * _between(f[index] - g[index], f[index + 1] - g[index + 1])
        bound += width * (old.counts[index] / before + new.counts[index] / after)
    norm = max(old.std or 0.0, 0.001)
    return area / norm, bound / norm


def _between(left: float, right: float) -> float:
    """Mean of the absolute value of a straight line."""
    if left * right >= 0:
        return (abs(left) + abs(right)) / 2
    return (left * left + right * right) / (2 * (abs(left) + abs(right)))
