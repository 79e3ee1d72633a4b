"""Grids: the values a column is moved over: quantiles of numbers, most frequent labels of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC, UNCOMPARED
from ..data.values import kind_of, label, numbers

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Grid:
    """Values of one column, each different, numbers ascending.

    Attributes:
        values: of the column's own type.
        names: for people: `q0.50` and so on for quantiles, the label for words.
        numeric: they are numbers, so that a direction has a meaning.
    """

    values: pa.Array[Any]
    names: tuple[str, ...]
    numeric: bool


def grid_of(column: pa.ChunkedArray[Any], points: int) -> Grid | None:
    """Quantiles i/(points+1) that are values of the column, or its most frequent labels; None for times, lists and where there are none."""
    kind = kind_of(column)
    if kind in UNCOMPARED:
        return None
    return _quantiles(column, points) if kind == NUMERIC else _most_frequent(column, points)


def _quantiles(column: pa.ChunkedArray[Any], points: int) -> Grid | None:
    import numpy as np
    import pyarrow as pa

    told = numbers(column)
    usable = np.flatnonzero(np.isfinite(told))
    if not len(usable):
        return None
    order = usable[np.argsort(told[usable], kind="stable")]
    shares = [(place + 1) / (points + 1) for place in range(points)]
    # The inverse of the distribution function: a value that some row has, so whole numbers stay whole.
    places = [order[max(0, int(np.ceil(share * len(order) - 1e-9)) - 1)] for share in shares]
    kept: dict[float, tuple[str, int]] = {}
    for share, place in zip(shares, places, strict=True):
        kept.setdefault(float(told[place]), (f"q{share:.2f}", int(place)))
    chosen: Any = column.take(pa.array([place for _, place in kept.values()], pa.int64())).combine_chunks()
    return Grid(chosen, tuple(name for name, _ in kept.values()), True)


def _most_frequent(column: pa.ChunkedArray[Any], points: int) -> Grid | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    plain: Any = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    counted = [(one["values"], one["counts"]) for one in pc.value_counts(plain).to_pylist() if one["values"] is not None]
    ranked = sorted(counted, key=lambda one: (-one[1], label(one[0])))[:points]
    if not ranked:
        return None
    words = [word for word, _ in ranked]
    return Grid(pa.array(words, plain.type), tuple(label(word) for word in words), False)
