"""The legend: samples of what is drawn, with their meaning."""

from __future__ import annotations

from collections.abc import Sequence

from ..measurement import Metric
from .bars import DASHES, LINE_DASHES, Line
from .colours import BLUE, BY_LEVEL, INK, PAPER, QUIET
from .figure import interval_of
from .lettering import SMALL, width, words
from .limit import Limit
from .svg import Block, tag

_STEP = 18.0


def legend(entries: Sequence[tuple[str, str]], room: float) -> Block:
    """Samples with their meaning, on as many lines as it takes."""
    x, y, parts = 0.0, 0.0, []
    for sample, text in entries:
        taken = 40 + width(text, SMALL)
        if x and x + taken > room:
            x, y = 0.0, y + _STEP
        parts.append(tag("g", sample, words(26, 13, text, room=room - 26, size=SMALL, fill=QUIET), transform=f"translate({x:.2f} {y:.2f})"))
        x += taken
    return Block("".join(parts), y + _STEP if parts else 0)


def legend_of(rows: Sequence[Metric], room: float, *, limits: Sequence[Limit] = (), lines: Sequence[Line] = ()) -> Block:
    """Of bars: only what is among them."""
    drawn = [row for row in rows if row.value is not None]
    used = dict.fromkeys((limit.level, str(limit)) for limit in limits if any(map(limit.applies, drawn)))
    entries = [(_upright(BY_LEVEL[level], DASHES[level]), text) for level, text in used]
    entries += [(_upright(INK, LINE_DASHES), line.name) for line in lines]
    if any(not row.judged for row in drawn):
        entries.append((tag("rect", x=2.0, y=4.0, width=18.0, height=9.0, fill=PAPER, stroke=BLUE, stroke_dasharray="3 2"), "listed, not judged"))
    if any(interval_of(row) and row.ci for row in drawn):
        entries.append((_ends(), "95 % interval"))
    if any(interval_of(row) and not row.ci for row in drawn):
        entries.append((_ends(), "how far the exact value may be off"))
    return legend(entries, room)


def _upright(colour: str, dashes: str | None) -> str:
    return tag("line", x1=11.0, x2=11.0, y1=1.0, y2=16.0, stroke=colour, stroke_width=1.8, stroke_dasharray=dashes)


def _ends() -> str:
    return tag("path", d="M2 5V13M2 9H20M20 5V13", stroke=INK, stroke_width=1.3, fill="none")
