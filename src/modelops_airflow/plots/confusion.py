"""The confusion table: truth by prediction, the more rows the darker, with the numbers in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..data.profile import Outcomes
from ..data.values import sort_key
from ..evidence.floor import LEAST_ROWS
from .colours import BLUE, GRID, QUIET
from .lettering import SMALL, paragraph, words
from .svg import Block, below, tag

_LABELS = 9
_LEFT, _CELL = 90.0, 30.0


def confusion(outcomes: Outcomes, room: float) -> Block:
    """The table; of many labels the most frequent ones, the rest together."""
    kept, more = _kept(outcomes)
    names = [*kept, *([f"+{more}"] if more else [])]
    counts = _counts(outcomes, kept)
    side = min(100.0, (room - _LEFT) / len(names))
    most = max(counts.values(), default=0)
    parts = [words(_LEFT + side * (place + 0.5), 14, name, room=side - 4, size=SMALL, anchor="middle") for place, name in enumerate(names)]
    for row, truth in enumerate(names):
        y = 22 + row * _CELL
        parts.append(words(_LEFT - 8, y + 19, truth, room=_LEFT - 10, size=SMALL, anchor="end"))
        for column in range(len(names)):
            count = counts.get((row, column), 0)
            parts.append(_cell(_LEFT + column * side, y, side, count, count / most if most else 0.0))
    notes = ["down: truth; across: prediction; numbers are rows"]
    if more:
        notes.append(f"+{more}, the last: so many other labels, together")
    if any(0 < count < LEAST_ROWS for count in counts.values()):
        notes.append(f"<{LEAST_ROWS}: some, but fewer than {LEAST_ROWS} rows")
    return below([paragraph("Truth by prediction", room, weight="bold"), Block("".join(parts), 26 + _CELL * len(names)),
                  *(paragraph(note, room, size=SMALL, fill=QUIET) for note in notes)], 4)


def _kept(outcomes: Outcomes) -> tuple[Sequence[str], int]:
    """Labels with a row of their own, in order, and how many have none."""
    totals: dict[str, int] = {}
    for truth, guess, count in outcomes.confusion:
        for label in (truth, guess):
            totals[label] = totals.get(label, 0) + count
    labels = sorted(totals, key=lambda label: (-totals[label], sort_key(label)))
    kept = labels if len(labels) <= _LABELS else labels[: _LABELS - 1]
    return sorted(kept, key=sort_key), len(labels) - len(kept)


def _counts(outcomes: Outcomes, kept: Sequence[str]) -> Mapping[tuple[int, int], int]:
    """Rows by place of the truth and place of the prediction; all others have the last place."""
    place = {label: number for number, label in enumerate(kept)}
    counts: dict[tuple[int, int], int] = {}
    for truth, guess, count in outcomes.confusion:
        cell = place.get(truth, len(kept)), place.get(guess, len(kept))
        counts[cell] = counts.get(cell, 0) + count
    return counts


def _cell(x: float, y: float, side: float, count: int, share: float) -> str:
    few = 0 < count < LEAST_ROWS
    shade = 0.0 if few else 0.6 * share
    return (tag("rect", class_="cell", x=x, y=y, width=side, height=_CELL, fill=BLUE, fill_opacity=shade, stroke=GRID)
            + words(x + side / 2, y + 19, f"<{LEAST_ROWS}" if few else f"{count:,}", room=side - 2, anchor="middle"))
