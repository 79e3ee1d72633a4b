"""Bias in a picture: by group how many are selected, and the ratio to the group that is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..measurement import Measurement, Metric
from .bars import Bar, Line, Widths, bars
from .figure import in_words, short
from .legend import legend_of
from .lettering import SMALL, paragraph
from .limit import Limit, values_of
from .measured_bars import MOST_ROWS, bar, left_out, meaning
from .sheet import ROOM, sheet
from .svg import Block, below, beside

_FOUR_FIFTHS = (Line(0.8, "0.8: the four-fifths rule"),)
_RATIOS = (("selection_rate", "impact_ratio"), ("scoring_rate", "scoring_impact_ratio"))
_LEFT, _RIGHT = Widths(label=215, bar=115, told=120), Widths(label=0, bar=160, told=210)
_PARITY = Widths(label=145, bar=100, told=165)

_Table = tuple[str, ...]


def bias(measured: Measurement, limits: Sequence[Limit]) -> str:
    """The picture of a measurement of bias."""
    rows = measured.metrics
    tables = list(dict.fromkeys(tuple(row.where) for row in rows if row.where and "by" not in row.where))
    of_groups = [row for row in rows if any(row.name in pair for pair in _RATIOS)]
    parities = [row for row in rows if "by" in row.where]
    blocks = [legend_of([*of_groups, *parities], ROOM, limits=limits, lines=_FOUR_FIFTHS)]
    blocks += [_groups(table, rate, ratio, [row for row in rows if tuple(row.where) == table], limits) for table in tables for rate, ratio in _RATIOS]
    for table in dict.fromkeys(row.where["by"] for row in parities):
        blocks += _parity(table, [row for row in parities if row.where["by"] == table], limits)
    told = [row for row in (*of_groups, *parities) if row.value is not None]
    return sheet("Bias: outcomes by group", blocks, desc=in_words(told, [0.8, *values_of(limits)]), notes=measured.notes)


def _groups(table: _Table, rate: str, ratio: str, rows: Sequence[Metric], limits: Sequence[Limit]) -> Block:
    """Rates on the left and ratios on the right, a line for each group; nothing where no group has either."""
    rates, ratios = ({tuple(row.where.values()): row for row in rows if row.name == name} for name in (rate, ratio))
    both = sorted((group for group in rates if group in ratios), key=lambda group: _lowest_first(ratios[group]))
    if not any(row.value is not None for row in (*rates.values(), *ratios.values())):
        return Block("", 0)
    against = next((row.reference for row in ratios.values() if row.reference), None)
    drawn = both[:MOST_ROWS]
    left = bars(f"{rate} by {' and '.join(table)}", [_rate(rates[group], limits) for group in drawn], _LEFT, measure=_meaning(rate))
    right = bars(f"{ratio} to {against}" if against else ratio, [bar(ratios[group], limits, lines=_FOUR_FIFTHS) for group in drawn],
                 _RIGHT, measure=_meaning(ratio), lines=_FOUR_FIFTHS, least=1.0)
    return below([beside([left, right], _LEFT.whole), left_out([ratios[group] for group in both])], 4)


def _lowest_first(row: Metric) -> tuple[bool, bool, float]:
    """Judged groups by their ratio, then those without a value, then those that are listed only."""
    return not row.judged, row.value is None, row.value or 0.0


def _rate(row: Metric, limits: Sequence[Limit]) -> Bar:
    """With the rows it rests on in place of the interval, which is drawn."""
    drawn = bar(row, limits, label=", ".join(row.where.values()))
    if row.value is None:
        return drawn
    return replace(drawn, told=short(row.value, values_of(drawn.limits)) + (f", n={row.n:,}" if row.n is not None else ""))


def _meaning(name: str) -> str:
    return meaning(Metric(name, 0.0))


def _parity(table: str, rows: Sequence[Metric], limits: Sequence[Limit]) -> list[Block]:
    """Differences and ratios over all judged groups; those without a value in words, by reason."""
    panels = []
    for form, title, alike, least in (("difference", "Largest differences", 0, 0.0), ("ratio", "Smallest ratios", 1, 1.0)):
        chosen = [row for row in rows if row.value is not None and row.name.endswith(f"_{form}")]
        if chosen:
            drawn = [bar(row, limits, label=row.name.removesuffix(f"_{form}").replace("_", " ")) for row in chosen]
            panels.append(bars(f"{title} between judged groups of {table}", drawn, _PARITY, measure=f"{form}; {alike} where groups are alike", least=least))
    blocks = [beside(panels, ROOM / 2 + 5)]
    for reason in dict.fromkeys(row.reason for row in rows if row.value is None):
        names = ", ".join(row.name for row in rows if row.value is None and row.reason == reason)
        blocks.append(paragraph(f"{table}, no value ({reason}): {names}", ROOM, size=SMALL))
    return blocks
