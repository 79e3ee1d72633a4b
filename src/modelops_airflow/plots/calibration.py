"""The calibration curve: how often what is given a score comes true."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks.interval import wilson
from ..data.profile import Outcomes
from ..evidence.floor import LEAST_ROWS
from .axis import axis
from .colours import BLUE, GRID, INK, QUIET
from .legend import legend
from .lettering import SMALL, paragraph, words
from .svg import Block, below, tag

_LEFT, _WIDTH, _HEIGHT = 44.0, 330.0, 240.0

_Bin = tuple[int, float, int]  # rows, sum of scores, positives


def calibration(outcomes: Outcomes, room: float) -> Block:
    """A point for each bin of the score, with its interval; bins of too few rows are merged with a neighbour."""
    bins = _merged(outcomes.calibration)
    heading = paragraph(f"Calibration: how often {outcomes.positive} comes true", room, weight="bold")
    if not bins:
        return below([heading, paragraph(f"not drawn: fewer than {LEAST_ROWS} rows have a score", room, size=SMALL, fill=QUIET)], 4)
    merged = len(bins) < sum(1 for one in outcomes.calibration if one[0])
    foot = [paragraph("mean score of the bin (n: rows in it); upwards: share of positives", room, size=SMALL, fill=QUIET),
            legend([(tag("line", x1=2.0, y1=14.0, x2=20.0, y2=3.0, stroke=QUIET, stroke_dasharray="4 3"), "perfect"),
                    (tag("path", d="M11 2V16M7 2H15M7 16H15", stroke=INK, stroke_width=1.2, fill="none"), "95 % interval (Wilson)")], room)]
    if merged:
        foot.append(paragraph(f"bins of fewer than {LEAST_ROWS} rows are merged with a neighbour", room, size=SMALL, fill=QUIET))
    return below([heading, Block(_drawn(bins), _HEIGHT + 40), *foot], 4)


def _merged(bins: Sequence[_Bin]) -> list[_Bin]:
    kept: list[_Bin] = []
    for one in bins:
        if kept and kept[-1][0] < LEAST_ROWS:
            kept[-1] = _sum(kept[-1], one)
        elif one[0]:
            kept.append(one)
    if len(kept) > 1 and kept[-1][0] < LEAST_ROWS:
        kept[-2:] = [_sum(kept[-2], kept[-1])]
    return [one for one in kept if one[0] >= LEAST_ROWS]


def _sum(one: _Bin, other: _Bin) -> _Bin:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _drawn(bins: Sequence[_Bin]) -> str:
    across, up = axis((0.0, 1.0), _LEFT, _LEFT + _WIDTH), axis((0.0, 1.0), _HEIGHT, 8)
    parts = [tag("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=up.at(at), y2=up.at(at), stroke=GRID) + words(_LEFT - 6, up.at(at) + 4, text, size=SMALL, anchor="end", fill=QUIET)
             for at, text in up.ticks]
    parts += [words(across.at(at), _HEIGHT + 16, text, size=SMALL, anchor="middle", fill=QUIET) for at, text in across.ticks]
    parts.append(tag("line", x1=across.at(0), y1=up.at(0), x2=across.at(1), y2=up.at(1), stroke=QUIET, stroke_dasharray="4 3"))
    points = [(across.at(total / n), up.at(hits / n)) for n, total, hits in bins]
    parts.append(tag("polyline", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in points), fill="none", stroke=BLUE, stroke_width=1.2))
    edge = 0.0
    for (n, total, hits), (x, y) in zip(bins, points, strict=True):
        low, high = (up.at(end) for end in wilson(hits, n))
        parts.append(tag("path", class_="interval", d=f"M{x:.2f} {low:.2f}V{high:.2f}M{x - 4:.2f} {low:.2f}h8M{x - 4:.2f} {high:.2f}h8", stroke=INK, stroke_width=1.2,
                         fill="none"))
        parts.append(tag("circle", tag("title", f"mean score {total / n:.4g}: {hits / n:.4g} positive, n={n:,}"), class_="point", cx=x, cy=y, r=4.5, fill=BLUE))
        text = _count(n)
        half = len(text) * 3.4
        if x - half > edge:
            parts.append(words(x, _HEIGHT + 32, text, size=SMALL, anchor="middle"))
            edge = x + half + 4
    parts.append(words(_LEFT - 6, _HEIGHT + 32, "n", size=SMALL, anchor="end"))
    return "".join(parts)


def _count(n: int) -> str:
    """Rows, short enough to stand under a point."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if n >= size:
            return f"{n / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{n}"
