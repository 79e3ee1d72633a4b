"""Expectations in a picture: each with its share of unexpected values, met or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..measurement import Measurement, Metric
from .bars import Bar, Widths, bars
from .figure import in_words, percent
from .legend import legend_of
from .lettering import SMALL, paragraph
from .limit import Limit, limits_of, values_of
from .measured_bars import MOST_ROWS, bar, left_out, meaning
from .sheet import ROOM, sheet

_WIDTHS = Widths(label=330, bar=170, told=320)


def expectations(measured: Measurement, limits: Sequence[Limit]) -> str:
    """The picture of a measurement of expectations; those that are not met come first."""
    rows = [row for row in measured.metrics if row.name == "unexpected_share" and row.where]
    ordered = sorted(rows, key=lambda row: row.where.get("met") == "yes")
    whole = [row for row in measured.metrics if not row.where]
    thresholds = [str(limit) for row in whole for limit in limits_of(row, limits)]
    blocks = [paragraph("; ".join([in_words(whole, values_of(limits)), *thresholds]), ROOM, size=SMALL)]
    if ordered:
        blocks.append(legend_of(ordered, ROOM, limits=limits))
        drawn = [_bar(row, limits) for row in ordered[:MOST_ROWS]]
        blocks += [bars("Expectations: tick met, cross not met", drawn, _WIDTHS, measure=meaning(ordered[0])), left_out(ordered)]
    told = "; ".join(f"{_label(row)}: {_told(row)}" for row in ordered[:MOST_ROWS])
    return sheet("Expectations: does the data keep what was agreed?", blocks, desc=f"{in_words(whole, values_of(limits))}; {told}", notes=measured.notes)


def _bar(row: Metric, limits: Sequence[Limit]) -> Bar:
    return replace(bar(row, limits, label=_label(row)), told=_told(row), hollow=False, mark=row.where.get("met") == "yes")


def _label(row: Metric) -> str:
    kind = row.where.get("expectation", "").removeprefix("expect_").replace("_", " ")
    column = row.where.get("column")
    return f"{column}: {kind.removeprefix('column ')}" if column else kind


def _told(row: Metric) -> str:
    met = "met" if row.where.get("met") == "yes" else f"NOT MET ({row.where.get('severity', 'critical')})"
    if row.value is None:
        return f"{met}; {row.reason}"
    return f"{met}, {percent(row.value)} unexpected" + (f" of {row.n:,}" if row.n is not None else "")
