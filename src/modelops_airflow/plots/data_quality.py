"""Data quality in a picture: what is true of the whole, missing values by column, and distributions beside the baseline's."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import Profiles
from ..measurement import Measurement, Metric
from .bars import Widths
from .distribution import distribution
from .figure import in_words
from .legend import legend_of
from .lettering import SMALL, paragraph
from .limit import Limit, limits_of, values_of
from .measured_bars import panel
from .overlay import key, overlay
from .sheet import ROOM, sheet
from .svg import Block, below, beside

_WIDTHS = Widths(label=270, bar=340, told=210)
_DRAWN = ("missing_share", "infinite_share", "top_share", "kind_changed")
_MOST = 12


def data_quality(measured: Measurement, profiles: Profiles | None, limits: Sequence[Limit]) -> str:
    """The picture of a measurement of data quality; distributions are there where the current data has a baseline beside it."""
    whole = [row for row in measured.metrics if not row.where]
    drawn = [row for row in measured.metrics if row.name in _DRAWN and (row.value != 0 or row.name == "missing_share")]
    blocks = [below([paragraph("; ".join([in_words([row], values_of(limits)), *map(str, limits_of(row, limits))]), ROOM, size=SMALL) for row in whole], 4)]
    if drawn:
        blocks.append(legend_of(drawn, ROOM, limits=limits))
    blocks += [panel(f"{name} by column, the largest first", rows, _WIDTHS, limits=limits) for name in _DRAWN if (rows := _of(drawn, name))]
    if profiles is not None and profiles.baseline is not None and measured.parameters.get("data") == "current":
        blocks.append(_distributions(profiles))
    return sheet("Data quality: what the data looks like", blocks, desc=in_words([*whole, *drawn], values_of(limits)), notes=measured.notes)


def _of(rows: Sequence[Metric], name: str) -> list[Metric]:
    """Of one metric; first those without a value, of which nothing is known."""
    return sorted((row for row in rows if row.name == name), key=lambda row: (float("-inf") if row.value is None else -row.value, row.where.get("column", "")))


def _distributions(profiles: Profiles) -> Block:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; the caller has looked
    pairs = [(name, profiles.baseline.columns[name], column) for name, column in profiles.current.columns.items() if name in profiles.baseline.columns]
    title = f"Distributions of {f'the first {_MOST} of ' if len(pairs) > _MOST else ''}{len(pairs)} columns"
    panels = [overlay(name, distribution(old, new), ROOM / 2 - 15) for name, old, new in pairs[:_MOST]]
    rows = [beside(panels[start : start + 2], ROOM / 2 + 5) for start in range(0, len(panels), 2)]
    return below([paragraph(title, ROOM, weight="bold"), key(ROOM), *rows], 14)
