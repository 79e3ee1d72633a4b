"""Drift in a picture: a bar for each column, and the columns that moved most with both distributions."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks.drift_method import BY_METRIC
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

_WORST = 12
_WIDTHS = Widths(label=270, bar=340, told=210)
_KS_DISTANCE = 0.1
"""What sorts columns by `ks_distance` among those by other methods; nothing is judged by it."""


def drift(measured: Measurement, profiles: Profiles | None, limits: Sequence[Limit]) -> str:
    """The picture of a measurement of drift; without profiles there are no distributions in it."""
    rows = sorted((row for row in measured.metrics if row.where), key=_worst_first)
    blocks = [legend_of(rows, ROOM, limits=limits)]
    blocks += [panel(f"{name} by column, the worst first", [row for row in rows if row.name == name], _WIDTHS, limits=limits)
               for name in sorted({row.name for row in rows})]
    if profiles is not None and profiles.baseline is not None and rows:
        blocks.append(_distributions(rows[:_WORST], len(rows), profiles))
    whole = [row for row in measured.metrics if not row.where]
    told = in_words([*whole, *rows], values_of(limits))
    return sheet("Drift: how far each column is from the baseline", [*(_whole(row, limits) for row in whole), *blocks], desc=told, notes=measured.notes)


def _whole(row: Metric, limits: Sequence[Limit]) -> Block:
    return paragraph("; ".join([in_words([row], values_of(limits)), *map(str, limits_of(row, limits))]), ROOM, size=SMALL)


def _worst_first(row: Metric) -> tuple[float, str]:
    """By how many times its default threshold a column's value is; first those without a value, of which nothing is known."""
    if row.value is None:
        return float("-inf"), row.where.get("column", "")
    method = BY_METRIC.get(row.name)
    if method is None:
        times = row.value / _KS_DISTANCE
    elif method.is_p:
        times = method.threshold / max(row.value, 1e-300)
    else:
        times = row.value / method.threshold
    return -times, row.where.get("column", "")


def _distributions(worst: Sequence[Metric], of: int, profiles: Profiles) -> Block:
    title = f"Distributions of {'the' if of > len(worst) else 'all'} {len(worst)} columns{' that moved most' if of > len(worst) else ''}"
    step = ROOM / 2 + 5
    panels = [_column(row.where["column"], profiles, ROOM / 2 - 15) for row in worst if "column" in row.where]
    pairs = [beside(panels[start : start + 2], step) for start in range(0, len(panels), 2)]
    return below([paragraph(title, ROOM, weight="bold"), key(ROOM), *pairs], 14)


def _column(name: str, profiles: Profiles, room: float) -> Block:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `drift` has looked
    old, new = profiles.baseline.columns.get(name), profiles.current.columns.get(name)
    return overlay(name, "the profile has no such column" if old is None or new is None else distribution(old, new), room)
