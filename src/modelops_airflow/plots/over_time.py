"""A metric over time against its thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .axis import Axis, axis
from .colours import BLUE, BY_LEVEL, GRID, INK, ORANGE, PAPER, QUIET
from .figure import short
from .legend import legend
from .lettering import SMALL, width, words
from .limit import Limit, values_of
from .sheet import MARGIN, ROOM
from .svg import Block, below, plain, tag

_LEFT, _HEIGHT = 64.0, 200.0
_TOLD_AT_MOST = 100


@dataclass(frozen=True)
class Point:
    """A value at a time.

    Attributes:
        at: with its time zone.
        value: None if there was none, with a `reason`.
        verdict: pass, fail, error or not_applicable; where nothing was judged, what to say in its place.
        warned: whether a warning came with it.
    """

    at: datetime
    value: float | None
    verdict: str
    warned: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a point at {self.at} names no time zone")
        if self.value is not None and not math.isfinite(self.value):
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "reason", self.reason or "not a finite number")

    @property
    def state(self) -> str:
        """The verdict, or that it passed with a warning."""
        return "warned" if self.warned and self.verdict == "pass" else self.verdict


def told_over_time(points: Sequence[Point], limits: Sequence[Limit] = ()) -> str:
    """The same in words, for those who cannot see it."""
    ordered = sorted(points, key=lambda point: point.at)
    return "; ".join(f"{_day(point.at)}: {_value(point, limits)}, {point.state}" for point in ordered[-_TOLD_AT_MOST:])


def curve(points: Sequence[Point], limits: Sequence[Limit] = (), *, measure: str = "") -> Block:
    """The values against the limits as a part of a picture; there is at least one point."""
    ordered = sorted(points, key=lambda point: point.at)
    up = axis([*(point.value for point in ordered if point.value is not None), *(limit.value for limit in limits)], _HEIGHT, 8)
    across = _times(ordered)
    body = _grid(up) + _limits(limits, up) + _curve(ordered, across, up) + "".join(_point(point, across, up, limits) for point in ordered)
    foot = words(_LEFT, _HEIGHT + 36, f"time (UTC){f'; upwards: {measure}' if measure else ''}", size=SMALL, fill=QUIET, room=ROOM - _LEFT)
    return below([Block(body + _dates(ordered, across) + foot, _HEIGHT + 42), _legend(ordered, limits)], 4)


def _times(ordered: Sequence[Point]) -> Axis:
    first, last = ordered[0].at.timestamp(), ordered[-1].at.timestamp()
    return Axis(first, last, _LEFT + 10, ROOM - 10) if first < last else Axis(first - 1, first + 1, _LEFT + 10, ROOM - 10)


def _grid(up: Axis) -> str:
    return "".join(tag("line", x1=_LEFT, x2=ROOM, y1=up.at(at), y2=up.at(at), stroke=GRID) + words(_LEFT - 6, up.at(at) + 4, text, size=SMALL, anchor="end", fill=QUIET, room=_LEFT)
                   for at, text in up.ticks)


def _limits(limits: Sequence[Limit], up: Axis) -> str:
    return "".join(tag("line", class_=limit.level, x1=_LEFT, x2=ROOM, y1=up.at(limit.value), y2=up.at(limit.value), stroke=BY_LEVEL[limit.level], stroke_width=1.8,
                       stroke_dasharray="5 3" if limit.level == "warn" else None) for limit in limits)


def _curve(ordered: Sequence[Point], across: Axis, up: Axis) -> str:
    """Straight lines between neighbours that have a value: none leads over a gap."""
    path, before = "", False
    for point in ordered:
        if point.value is not None:
            path += f"{'L' if before else 'M'}{across.at(point.at.timestamp()):.2f} {up.at(point.value):.2f}"
        before = point.value is not None
    return tag("path", d=path, stroke=BLUE, stroke_width=1.4, fill="none") if path else ""


def _point(point: Point, across: Axis, up: Axis, limits: Sequence[Limit]) -> str:
    x = across.at(point.at.timestamp())
    y = up.at(point.value) if point.value is not None else _HEIGHT
    return tag("g", tag("title", f"{_day(point.at)}: {plain(_value(point, limits))}, {plain(point.state)}"), _sign("no value" if point.value is None else point.state),
               class_="point", transform=f"translate({x:.2f} {y:.2f})")


def _sign(state: str) -> str:
    """A shape for each state: nobody needs the colours."""
    if state == "pass":
        return tag("circle", r=4.0, fill=BLUE)
    if state == "warned":
        return tag("path", d="M0 -6L6 5H-6Z", fill=ORANGE, stroke=INK, stroke_width=1.0)
    if state == "fail":
        return tag("rect", x=-4.5, y=-4.5, width=9.0, height=9.0, fill=BY_LEVEL["fail"], stroke=INK, stroke_width=1.0)
    if state == "no value":
        return tag("path", d="M-4 -10l8 8m0 -8l-8 8", stroke=INK, stroke_width=1.8, fill="none")
    return tag("circle", r=4.0, fill=PAPER, stroke=INK, stroke_width=1.4)


def _dates(ordered: Sequence[Point], across: Axis) -> str:
    parts, edge = [], 0.0
    for point in ordered:
        x, text = across.at(point.at.timestamp()), _day(point.at)
        half = width(text, SMALL) / 2
        if x - half > edge and x + half < ROOM + MARGIN:
            parts.append(words(x, _HEIGHT + 18, text, size=SMALL, anchor="middle", fill=QUIET))
            edge = x + half + 12
    return "".join(parts)


def _legend(ordered: Sequence[Point], limits: Sequence[Limit]) -> Block:
    states = dict.fromkeys("no value" if point.value is None else point.state for point in ordered)
    named = {"pass": "pass", "warned": "pass, warned", "fail": "FAIL", "error": "error", "no value": "no value"}
    entries = [(tag("g", _sign(state), transform="translate(11 10)" if state != "no value" else "translate(11 15)"), named.get(state, state.replace("_", " "))) for state in states]
    entries += [(tag("line", x1=2.0, x2=20.0, y1=9.0, y2=9.0, stroke=BY_LEVEL[limit.level], stroke_width=1.8, stroke_dasharray="5 3" if limit.level == "warn" else None),
                 str(limit)) for limit in limits]
    return legend(entries, ROOM)


def _value(point: Point, limits: Sequence[Limit]) -> str:
    return f"no value: {point.reason or 'none was measured'}" if point.value is None else short(point.value, values_of(limits))


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
