"""Performance in a picture: its numbers, the calibration curve and the confusion table."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks.metrics import METRICS
from ..checks.vintage_rows import VINTAGE
from ..data.profile import Outcomes, Profiles
from ..data.values import UNKNOWN
from ..data.vintages import first_moment
from ..measurement import Measurement, Metric
from .calibration import calibration
from .colours import GRID, QUIET
from .confusion import confusion
from .figure import in_words, value_told
from .lettering import SMALL, words
from .limit import Limit, limits_of, values_of
from .sheet import ROOM, sheet
from .svg import Block, below, beside, tag
from .vintages import vintages

_ROW = 19.0
_MOST = 60


def performance(measured: Measurement, profiles: Profiles | None, limits: Sequence[Limit]) -> str:
    """The picture of a measurement of performance; without profiles its numbers alone."""
    by_vintage = bool(measured.parameters.get("by_vintage"))
    dated, others = list[Metric](), list[Metric]()
    for row in measured.metrics:
        (dated if by_vintage and first_moment(row.where.get(VINTAGE, UNKNOWN)) else others).append(row)
    curves, told = vintages(dated, limits)
    blocks = [_listed(others[:_MOST], limits), *curves]
    outcomes = profiles.current.outcomes if profiles is not None else None
    if outcomes is not None and outcomes.n:
        blocks.append(beside(_outcomes(outcomes), ROOM / 2))
    return sheet("Performance: how well predictions meet the truth", blocks, desc="; ".join(filter(None, (told, in_words(measured.metrics, values_of(limits))))), notes=measured.notes)


def _outcomes(outcomes: Outcomes) -> list[Block]:
    drawn = []
    if outcomes.calibration:
        drawn.append(calibration(outcomes, ROOM / 2 - 20))
    if outcomes.confusion:
        drawn.append(confusion(outcomes, ROOM / 2 - 20))
    return drawn


def _listed(rows: Sequence[Metric], limits: Sequence[Limit]) -> Block:
    """The metrics as a list: name, value, rows, thresholds, meaning."""
    parts = []
    for place, row in enumerate(rows):
        y = place * _ROW
        thresholds = ", ".join(map(str, limits_of(row, limits)))
        known = METRICS.get(row.name)
        meaning = "; ".join(filter(None, (known.text if known else "", thresholds)))
        of = "" if row.n is None else f"n={row.n:,}"
        parts += [
            tag("line", x1=0.0, x2=ROOM, y1=y + _ROW - 1, y2=y + _ROW - 1, stroke=GRID),
            words(0, y + 13, ", ".join([row.name, *row.where.values()]), room=190),
            words(300 if row.value is not None else 200, y + 13, value_told(row, values_of(limits_of(row, limits))), anchor="end" if row.value is not None else None,
                  room=100 if row.value is not None else 200, weight="bold" if row.value is not None else None),
            words(400, y + 13, of, anchor="end", room=95, size=SMALL, fill=QUIET) if row.value is not None else "",
            words(415, y + 13, meaning, room=ROOM - 415, size=SMALL, fill=QUIET),
        ]
    return below([Block("".join(parts), len(rows) * _ROW)])
