"""A picture for any check: a panel of bars for each of its metrics."""

from __future__ import annotations

from collections.abc import Sequence

from ..measurement import Measurement
from .bars import Widths
from .figure import in_words
from .legend import legend_of
from .lettering import SMALL, paragraph
from .limit import Limit, values_of
from .measured_bars import panel
from .sheet import ROOM, sheet

_WIDTHS = Widths(label=260, bar=300, told=260)
_PANELS = 40


def generic(measured: Measurement, limits: Sequence[Limit]) -> str:
    """Bars of all rows, by metric in the measurement's order."""
    names = list(dict.fromkeys(row.name for row in measured.metrics))
    blocks = [legend_of(measured.metrics, ROOM, limits=limits)]
    blocks += [panel(name, [row for row in measured.metrics if row.name == name], _WIDTHS, limits=limits) for name in names[:_PANELS]]
    if len(names) > _PANELS:
        blocks.append(paragraph(f"{len(names) - _PANELS} more metrics are not drawn", ROOM, size=SMALL))
    return sheet(f"{measured.check}: what was measured", blocks, desc=in_words(measured.metrics, values_of(limits)), notes=measured.notes)
