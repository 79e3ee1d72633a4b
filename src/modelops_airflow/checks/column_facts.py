"""What one scan tells of one column: missing, different, most frequent, where the numbers lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..data.profile import NUMERIC, UNCOMPARED, Column
from ..evidence.floor import LEAST_ROWS
from ..measurement import Metric
from .quantile import quantile

METRICS = ("missing_share", "infinite_share", "distinct", "top_share", "minimum", "quantile", "maximum", "mean", "std")
QUANTILES = ("0.05", "0.25", "0.5", "0.75", "0.95")
_NOTHING = "no usable value"


def facts_of(column: Column, where: Mapping[str, str], edges_from: Column | None = None) -> Iterator[Metric]:
    """Rows of a column that has at least one row.

    Args:
        edges_from: the column whose values the bin edges are, where it is another one.
    """
    yield Metric("missing_share", column.nulls / column.n, where, n=column.n)
    if column.kind == NUMERIC:
        yield Metric("infinite_share", column.infinite / column.n, where, n=column.n)
    if column.kind in UNCOMPARED:
        return
    yield _distinct(column, where)
    if column.kind != NUMERIC or column.values is not None:
        yield _top(column, where)
    if column.kind == NUMERIC:
        yield from _numbers(column, where, edges_from)


def constant(column: Column) -> bool | None:
    """Whether every usable value is the same; None where that is not known: no usable value, times, lists, or who a row is."""
    if not column.valid or column.kind in UNCOMPARED:
        return None
    if column.kind == NUMERIC:
        return column.low == column.high
    return column.values is not None and len(column.values) == 1


def _distinct(column: Column, where: Mapping[str, str]) -> Metric:
    if column.distinct is None:
        return Metric("distinct", None, where, n=column.valid or None, reason="more different values than are counted")
    return Metric("distinct", float(column.distinct), where, n=column.valid or None)


def _top(column: Column, where: Mapping[str, str]) -> Metric:
    """The most frequent value, by name from ten rows on: a rarer one may be somebody's own."""
    if not column.valid or column.values is None:
        return Metric("top_share", None, where, n=column.valid or None, reason=_NOTHING if not column.valid else "more different values than are counted")
    label, count = max(column.values.items(), key=lambda item: item[1])
    return Metric("top_share", count / column.valid, where, n=column.valid or None, reason=label if count >= LEAST_ROWS else None)


def _numbers(column: Column, where: Mapping[str, str], edges_from: Column | None) -> Iterator[Metric]:
    yield _extreme("minimum", column, column.low, where)
    yield from (quantile(column, share, where, edges_from) for share in QUANTILES)
    yield _extreme("maximum", column, column.high, where)
    for name, value in (("mean", column.mean), ("std", column.std)):
        reason = None if value is not None else _NOTHING if not column.valid else "the numbers are of quite another size than the baseline's"
        yield Metric(name, value, where, n=column.valid or None, reason=reason)


def _extreme(name: str, column: Column, value: float | None, where: Mapping[str, str]) -> Metric:
    """Rests on the rows that have this very value: one, where they were not counted one by one and differ."""
    if value is None:
        return Metric(name, None, where, reason=_NOTHING)
    same = {float(text): count for text, count in (column.values or {}).items()}
    return Metric(name, value, where, n=column.valid if column.low == column.high else same.get(value, 1))
