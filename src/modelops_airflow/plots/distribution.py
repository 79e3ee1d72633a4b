"""What of two profiles of a column may be drawn: bins and labels that nobody stands alone in.

A bin or a label with fewer rows of a side than evidence may tell of (but not none) is merged with others, or left out and said so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from ..data.profile import CATEGORICAL, NUMERIC, UNCOMPARED, Column
from ..data.values import sort_key
from ..evidence.floor import LEAST_ROWS
from .figure import percent

_CELLS = 30
"""Bins of a picture, about: stored ones are merged until they are as wide as that many would be."""
_LABELS = 8
_FAR, _FEW = 0.25, 0.02
"""An outermost bin is left out if it takes more than a quarter of the width for at most 2 % of the rows of either side."""

_Counts = tuple[int, int]  # of the baseline, of the current data


@dataclass(frozen=True)
class Shares:
    """Shares of both sides' usable rows by label, and what to know of them."""

    labels: tuple[str, ...]
    shares: tuple[tuple[float, float], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Densities:
    """Shares of both sides' usable rows per unit of the column, by bin between edges, and what to know of them."""

    edges: tuple[float, ...]
    densities: tuple[tuple[float, float], ...]
    notes: tuple[str, ...] = ()


def distribution(old: Column, new: Column) -> Shares | Densities | str:
    """Both sides of a column, baseline first; why they cannot be drawn, where they cannot."""
    if not old.valid or not new.valid:
        return f"the {'current data' if old.valid else 'baseline'} has no usable value"
    if old.kind != new.kind or old.kind in UNCOMPARED:
        return f"{old.kind} and {new.kind} cannot be laid over each other"
    if old.values is not None and new.values is not None:
        return _by_label({key: (old.values.get(key, 0), new.values.get(key, 0)) for key in old.values.keys() | new.values.keys()})
    if old.kind == CATEGORICAL:
        return "too many different values to draw"
    if old.kind != NUMERIC or old.edges != new.edges or not old.edges:
        return "the sides were not counted on the same edges"
    counts = list(zip(old.counts, new.counts, strict=True))
    if len(old.edges) == 1:
        at = f"{old.edges[0]:.6g}"
        return _by_label(dict(zip((f"below {at}", at, f"above {at}"), counts, strict=True)), by_size=False)
    return _by_edge(old.edges, counts)


def _shown(counts: _Counts) -> bool:
    """Whether it may be drawn: nobody, or enough, on either side."""
    return all(not count or count >= LEAST_ROWS for count in counts)


def _sum(counts: Sequence[_Counts]) -> _Counts:
    return sum(old for old, _ in counts), sum(new for _, new in counts)


def _by_label(counts: Mapping[str, _Counts], *, by_size: bool = True) -> Shares | str:
    total = _sum(list(counts.values()))
    ordered = sorted(counts, key=lambda label: (-sum(counts[label]), sort_key(label))) if by_size else list(counts)
    kept = [label for label in ordered if _shown(counts[label])][:_LABELS]
    rest = [label for label in ordered if label not in kept]
    while rest and kept and not _shown(_sum([counts[label] for label in rest])):
        rest.append(kept.pop())  # else one could subtract
    if not kept:
        return f"every value has fewer than {LEAST_ROWS} rows, which are not shown"
    labels = sorted(kept, key=sort_key) if by_size else kept
    drawn = [(label, counts[label]) for label in labels]
    if rest:
        drawn.append((f"{len(rest)} other{'s' if len(rest) > 1 else ''}", _sum([counts[label] for label in rest])))
    merged = sum(not _shown(counts[label]) for label in rest)
    notes = (f"values with fewer than {LEAST_ROWS} rows are among the others",) if merged else ()
    return Shares(tuple(label for label, _ in drawn), tuple((old / total[0], new / total[1]) for _, (old, new) in drawn), notes)


def _by_edge(edges: Sequence[float], counts: Sequence[_Counts]) -> Densities | str:
    total, outside = _sum(counts), [counts[0], counts[-1]]
    inner = list(counts[1:-1])
    first, last = _trimmed(edges, inner, total)
    outside = [_sum([outside[0], *inner[:first]]), _sum([outside[1], *inner[last:]])]
    bins = _merged(list(edges[first : last + 1]), inner[first:last])
    if not bins:
        return f"every bin has fewer than {LEAST_ROWS} rows, which are not shown"
    drawn: tuple[float, ...] = (*(low for low, _, _ in bins), bins[-1][1])
    densities = tuple((old / total[0] / (high - low), new / total[1] / (high - low)) for low, high, (old, new) in bins)
    if not all(isfinite(one) for pair in densities for one in pair) or not isfinite(drawn[-1] - drawn[0]):
        return "the values are too close together, or too far apart"
    ends = ((f"below about {drawn[0]:.3g}", outside[0]), (f"above about {drawn[-1]:.3g}", outside[1]))
    return Densities(drawn, densities, tuple(_beyond(name, beyond, total) for name, beyond in ends if any(beyond)))


def _trimmed(edges: Sequence[float], inner: Sequence[_Counts], total: _Counts) -> tuple[int, int]:
    """First bin and the one behind the last, without far tails that would press the rest together."""
    first, last = 0, len(inner)

    def far(place: int) -> bool:
        wide = edges[place + 1] - edges[place] > _FAR * (edges[last] - edges[first])
        return wide and last - first > 2 and all(count <= _FEW * whole for count, whole in zip(inner[place], total, strict=True))

    while far(last - 1):
        last -= 1
    while far(first):
        first += 1
    return first, last


def _merged(edges: Sequence[float], counts: Sequence[_Counts]) -> list[tuple[float, float, _Counts]]:
    """Neighbours put together until each bin is wide enough and may be shown; none if all of them together may not."""
    width = (edges[-1] - edges[0]) / _CELLS
    bins: list[tuple[float, float, _Counts]] = []
    for (low, high), count in zip(pairwise(edges), counts, strict=True):
        if bins and not _whole(bins[-1], width):
            bins[-1] = (bins[-1][0], high, _sum([bins[-1][2], count]))
        else:
            bins.append((low, high, count))
    while len(bins) > 1 and not _shown(bins[-1][2]):
        low, _, count = bins[-2]
        bins[-2:] = [(low, bins[-1][1], _sum([count, bins[-1][2]]))]
    return bins if bins and _shown(bins[0][2]) else []


def _whole(one: tuple[float, float, _Counts], width: float) -> bool:
    return one[1] - one[0] >= width and _shown(one[2])


def _beyond(name: str, counts: _Counts, total: _Counts) -> str:
    """What lies outside the picture, in words: of no bin with a width a density is known."""
    old, new = (
        "none" if not count else f"fewer than {LEAST_ROWS} rows" if count < LEAST_ROWS else percent(count / whole)
        for count, whole in zip(counts, total, strict=True)
    )
    return f"{name}, not drawn: baseline {old}, current {new}"
