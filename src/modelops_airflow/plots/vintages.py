"""Performance by vintage: each measure that is required over time, against its thresholds."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks.vintage_rows import VINTAGE
from ..data.vintages import first_moment
from ..measurement import Metric
from .lettering import paragraph
from .limit import Limit, limits_of
from .measured_bars import meaning
from .over_time import Point, curve, told_over_time
from .sheet import ROOM
from .svg import Block, below

_MAIN = ("auc", "accuracy", "rmse")
"""What is drawn where nothing is required."""

_MOST = 6


def vintages(rows: Sequence[Metric], limits: Sequence[Limit]) -> tuple[list[Block], str]:
    """A curve for each measure that is required of vintages, else for the main one, and the same in words; nothing without vintages.

    Args:
        rows: of vintages that have a time.
    """
    by_name: dict[str, dict[str, Metric]] = {}
    for row in rows:
        by_name.setdefault(row.name, {})[row.where[VINTAGE]] = row
    blocks, told = [], []
    for name in _drawn(by_name, limits):
        lines = [limit for limit in limits if any(limit.applies(row) for row in by_name[name].values())]
        points = _points(by_name[name], by_name.get("labelled_share", by_name[name]), limits)
        if points:
            blocks.append(below([paragraph(f"{name} by vintage", ROOM, weight="bold"), curve(points, lines, measure=meaning(next(iter(by_name[name].values()))))], 6))
            told.append(f"{name} by vintage: {told_over_time(points, lines)}")
    return blocks, "; ".join(told)


def _drawn(by_name: dict[str, dict[str, Metric]], limits: Sequence[Limit]) -> list[str]:
    required = [name for name in dict.fromkeys(limit.metric for limit in limits) if name in by_name]
    main = [name for name in _MAIN if any(row.value is not None for row in by_name.get(name, {}).values())]
    return (required or main[:1])[:_MOST]


def _points(rows: dict[str, Metric], every: dict[str, Metric], limits: Sequence[Limit]) -> list[Point]:
    """A point for each vintage that has a time; one too small or too young to be measured has no row but that of its labels, which says why."""
    found = []
    for label, other in every.items():
        at, row = first_moment(label), rows.get(label, other)
        if at is not None:
            found.append(Point(at, row.value, _state(row, limits), _warned(row, limits), row.reason or ""))
    return found


def _state(row: Metric, limits: Sequence[Limit]) -> str:
    if not row.judged:
        return "not judged"
    if row.value is None:
        return "error"
    lines = limits_of(row, limits)
    if not lines:
        return "measured"
    return "fail" if any(line.level == "fail" and line.catches(row.value) for line in lines) else "pass"


def _warned(row: Metric, limits: Sequence[Limit]) -> bool:
    return row.value is not None and any(line.level == "warn" and line.catches(row.value) for line in limits_of(row, limits))
