"""Two distributions of a column over each other: densities for numbers, paired bars for labels."""

from __future__ import annotations

from collections.abc import Sequence

from .axis import Axis, axis, spanning
from .colours import BLUE, GREY, GRID, QUIET
from .distribution import Densities, Shares
from .figure import percent
from .legend import legend
from .lettering import SMALL, paragraph, words
from .svg import Block, below, tag

_HEIGHT, _LEFT, _RIGHT = 130.0, 62.0, 20.0
_PAIR, _BAR = 24.0, 9.0


def overlay(title: str, found: Shares | Densities | str, room: float) -> Block:
    """A panel of one column."""
    heading = Block(words(0, 12, title, room=room, weight="bold"), 18)
    if isinstance(found, str):
        return below([heading, paragraph(f"not drawn: {found}", room, size=SMALL, fill=QUIET)], 2)
    body = _labels(found, room) if isinstance(found, Shares) else _densities(found, room)
    return below([heading, body, *(paragraph(note, room, size=SMALL) for note in found.notes)], 3)


def key(room: float) -> Block:
    """What is which."""
    return legend([
        (tag("rect", x=2.0, y=4.0, width=18.0, height=9.0, fill=GREY, fill_opacity=0.5), "baseline (filled grey)"),
        (tag("path", d="M2 13V5H20V13", stroke=BLUE, stroke_width=2.0, fill="none"), "current data (blue outline)"),
    ], room)


def _labels(found: Shares, room: float) -> Block:
    left, told = room * 0.36, 96.0
    along = axis([share for pair in found.shares for share in pair], left, room - told)
    parts = []
    for place, (name, (old, new)) in enumerate(zip(found.labels, found.shares, strict=True)):
        y = place * _PAIR
        parts += [
            words(left - 8, y + 15, name, room=left - 8, size=SMALL, anchor="end"),
            tag("rect", class_="baseline", x=left, y=y + 2, width=along.at(old) - left, height=_BAR, fill=GREY, fill_opacity=0.5),
            tag("rect", class_="current", x=left, y=y + 3 + _BAR, width=along.at(new) - left, height=_BAR - 1, fill="none", stroke=BLUE, stroke_width=2.0),
            words(room, y + 15, f"{percent(old)}, {percent(new)}", room=told - 4, size=SMALL, anchor="end"),
        ]
    height = len(found.labels) * _PAIR
    parts.append(tag("line", x1=left, x2=left, y1=0.0, y2=height, stroke=QUIET))
    ticks = "".join(words(along.at(at), height + 13, f"{at * 100:g}", size=SMALL, anchor="middle", fill=QUIET) for at, _ in along.ticks)
    foot = words(left, height + 28, "share of rows in % (baseline, current)", size=SMALL, fill=QUIET, room=room - left)
    return Block("".join(parts) + ticks + foot, height + 32)


def _densities(found: Densities, room: float) -> Block:
    across = spanning(found.edges[0], found.edges[-1], _LEFT, room - _RIGHT)
    up = axis([one for pair in found.densities for one in pair], _HEIGHT, 6)
    grid = "".join(
        tag("line", x1=_LEFT, x2=room - _RIGHT, y1=up.at(at), y2=up.at(at), stroke=GRID) + words(_LEFT - 5, up.at(at) + 4, text, size=SMALL, anchor="end",
                                                                                       fill=QUIET, room=_LEFT - 6)
        for at, text in up.ticks
    )
    old, new = ([pair[side] for pair in found.densities] for side in (0, 1))
    drawn = (tag("path", class_="baseline", d=_steps(found.edges, old, across, up), fill=GREY, fill_opacity=0.5)
             + tag("path", class_="current", d=_steps(found.edges, new, across, up), fill="none", stroke=BLUE, stroke_width=1.8))
    ticks = "".join(words(across.at(at), _HEIGHT + 14, text, size=SMALL, anchor="middle", fill=QUIET) for at, text in across.ticks)
    axes = tag("line", x1=_LEFT, x2=room - _RIGHT, y1=_HEIGHT, y2=_HEIGHT, stroke=QUIET)
    foot = words(_LEFT, _HEIGHT + 29, "value; upwards: share of rows per unit of it", size=SMALL, fill=QUIET, room=room - _LEFT)
    return Block(grid + drawn + axes + ticks + foot, _HEIGHT + 33)


def _steps(edges: Sequence[float], heights: Sequence[float], across: Axis, up: Axis) -> str:
    path = f"M{across.at(edges[0]):.2f} {up.at(0.0):.2f}"
    for low, high, height in zip(edges, edges[1:], heights, strict=False):
        path += f"L{across.at(low):.2f} {up.at(height):.2f}L{across.at(high):.2f} {up.at(height):.2f}"
    return f"{path}L{across.at(edges[-1]):.2f} {up.at(0.0):.2f}"
