"""Bars: one row for each value, with where it may lie, thresholds, and what it is in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .axis import Axis, axis
from .colours import BAR, BLUE, BY_LEVEL, GRID, INK, PAPER, QUIET
from .lettering import SMALL, TEXT, paragraph, words
from .limit import Limit
from .svg import Block, below, tag

ROW, _THICK, _FOOT = 20.0, 10.0, 20.0
_GAP = 8.0
DASHES = {"warn": "5 3", "fail": None}
LINE_DASHES = "2 2"


@dataclass(frozen=True)
class Bar:
    """A row.

    Attributes:
        label: in front of it.
        told: behind it: the value in figures, or why there is none.
        interval: drawn as a line with ends.
        hollow: an outline only: listed, not judged.
        limits: thresholds of this row.
        mark: met (a tick), not met (a cross), or neither.
    """

    label: str
    value: float | None
    told: str
    interval: tuple[float, float] | None = None
    hollow: bool = False
    limits: tuple[Limit, ...] = ()
    mark: bool | None = None


@dataclass(frozen=True)
class Widths:
    """Pixels for labels (0: none are written), bars, and figures."""

    label: float
    bar: float
    told: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.label + self.bar + self.told


@dataclass(frozen=True)
class Line:
    """A line through all rows that has a name of its own."""

    value: float
    name: str


def bars(title: str, rows: Sequence[Bar], widths: Widths, *, measure: str, lines: Sequence[Line] = (), least: float = 0.0) -> Block:
    """A panel of bars over one axis.

    Args:
        measure: what the axis measures, with the unit.
        least: the axis reaches to this value at least.
    """
    heading = Block(words(0, TEXT, title, room=widths.whole - _GAP, weight="bold"), TEXT + 6)  # one line: panels beside each other stay level
    drawn = [row for row in rows if row.value is not None]
    along = axis([least, *_values(drawn), *(line.value for line in lines)], widths.label, widths.label + widths.bar)
    height = len(rows) * ROW
    told = _rows([_figures(row, along, widths) for row in rows])
    if not drawn:
        return below([heading, Block(told, height)], 2)
    through = "".join(_line(along.at(line.value), -4, height + 4, INK, LINE_DASHES, "line") for line in lines)
    body = _grid(along, height) + _rows([_bar(row, along) for row in rows]) + through + told
    ticks = Block("".join(words(along.at(at), 12, text, size=SMALL, anchor="middle", fill=QUIET) for at, text in along.ticks), _FOOT - 2)
    said = paragraph(measure, widths.bar + widths.told - _GAP, size=SMALL, fill=QUIET)
    foot = Block(tag("g", said.svg, transform=f"translate({widths.label:g} 0)"), said.height)
    return below([heading, Block(body, height), ticks, foot], 2)


def _values(rows: Sequence[Bar]) -> list[float]:
    found = [row.value for row in rows if row.value is not None]
    for row in rows:
        found += [*(row.interval or ()), *(limit.value for limit in row.limits)]
    return found


def _grid(along: Axis, height: float) -> str:
    lines = "".join(tag("line", x1=along.at(at), x2=along.at(at), y1=0.0, y2=height, stroke=GRID) for at, _ in along.ticks)
    return lines + tag("line", x1=along.at(0.0), x2=along.at(0.0), y1=0.0, y2=height, stroke=QUIET)


def _rows(drawn: Sequence[str]) -> str:
    return "".join(tag("g", one, transform=f"translate(0 {place * ROW:g})") for place, one in enumerate(drawn) if one)


def _figures(row: Bar, along: Axis, widths: Widths) -> str:
    """All of a row but its bar, which lies behind the lines."""
    middle = ROW / 2
    parts = [words(widths.label - _GAP, middle + 4, row.label, room=widths.label - _GAP - (16 if row.mark is not None else 0), anchor="end")
             ] if widths.label else []
    if row.value is not None:
        parts += [_cased(along.at(limit.value), BY_LEVEL[limit.level], DASHES[limit.level], limit.level) for limit in row.limits]
        parts.append(_whisker(row.interval, along) if row.interval else "")
    if row.mark is not None:
        parts.append(_mark(row.mark, middle))
    start = widths.label + (widths.bar if row.value is not None else 0)
    room = widths.whole - start - _GAP
    parts.append(words(start + _GAP, middle + 4, row.told, room=room, size=SMALL, fill=INK if row.value is not None else QUIET, halo=row.value is None))
    return "".join(parts)


def _bar(row: Bar, along: Axis) -> str:
    if row.value is None:
        return ""
    from_, to = sorted((along.at(0.0), along.at(row.value)))
    hollow = {"fill": PAPER, "stroke": BLUE, "stroke_dasharray": "3 2"} if row.hollow else {"fill": BAR}
    return tag("rect", class_="bar", x=from_, y=(ROW - _THICK) / 2, width=to - from_, height=_THICK, **hollow)


def _whisker(ends: tuple[float, float], along: Axis) -> str:
    low, high = along.at(min(ends)), along.at(max(ends))
    return tag("path", class_="interval", d=f"M{low:.2f} 6V14M{low:.2f} 10H{high:.2f}M{high:.2f} 6V14", stroke=INK, stroke_width=1.3, fill="none")


def _cased(x: float, colour: str, dashes: str | None, kind: str) -> str:
    """A line with paper on both sides, which shows on a bar of any colour."""
    return tag("line", x1=x, x2=x, y1=0.0, y2=ROW, stroke=PAPER, stroke_width=3.6) + _line(x, 0, ROW, colour, dashes, kind)


def _line(x: float, top: float, bottom: float, colour: str, dashes: str | None, kind: str) -> str:
    return tag("line", class_=kind, x1=x, x2=x, y1=top, y2=bottom, stroke=colour, stroke_width=1.8, stroke_dasharray=dashes)


def _mark(met: bool, middle: float) -> str:
    path = f"M1 {middle:g}l4 4l7 -9" if met else f"M2 {middle - 5:g}l10 10m0 -10l-10 10"
    return tag("path", d=path, stroke=BLUE if met else BY_LEVEL["fail"], stroke_width=2.2, fill="none")
