"""Rows of a measurement as bars."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks.metrics import METRICS
from ..measurement import Metric
from .bars import Bar, Line, Widths, bars
from .figure import interval_of, place, short, value_told
from .lettering import SMALL, paragraph
from .limit import Limit, limits_of, values_of
from .svg import Block, below

MOST_ROWS = 60
"""Bars of a panel; of more the first are drawn, and it is said how many are not."""


def bar(row: Metric, limits: Sequence[Limit] = (), *, label: str = "", lines: Sequence[Line] = ()) -> Bar:
    """A row as a bar; listed only, it is an outline, and says why in place of the interval's figures."""
    marks = [*values_of(limits_of(row, limits)), *(line.value for line in lines)]
    told = value_told(row, marks)
    if row.value is not None and not row.judged:
        told = f"{short(row.value, marks)}; {row.reason or 'listed, not judged'}"
    return Bar(label or place(row.where), row.value, told, interval_of(row), not row.judged, limits_of(row, limits))


def panel(title: str, rows: Sequence[Metric], widths: Widths, *, limits: Sequence[Limit] = (), lines: Sequence[Line] = (), least: float = 0.0) -> Block:
    """A panel of the rows of one metric, of which there is one at least."""
    drawn = rows[:MOST_ROWS]
    block = bars(title, [bar(row, limits) for row in drawn], widths, measure=meaning(rows[0]), lines=lines, least=least)
    return below([block, left_out(rows)], 2)


def left_out(rows: Sequence[Metric]) -> Block:
    """How many rows are not drawn, and what they come to."""
    rest = [row.value for row in rows[MOST_ROWS:] if row.value is not None]
    if len(rows) <= MOST_ROWS:
        return Block("", 0)
    between = f", {short(min(rest))} to {short(max(rest))}" if rest else ""
    return paragraph(f"{len(rows) - MOST_ROWS:,} more rows are not drawn{between}", 600, size=SMALL)


def meaning(row: Metric) -> str:
    """What an axis measures."""
    known = METRICS.get(row.name)
    told = f"{row.name}: {known.text}" if known else row.name
    told += f" ({row.unit})" if row.unit else ""
    if known is None or known.high_is_bad is None:
        return told
    return f"{told}; {'high' if known.high_is_bad else 'low'} is bad"
