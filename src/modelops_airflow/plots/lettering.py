"""Letters: how wide a text is, where it is cut, and where it breaks.

There is no font to measure here, so widths are those of a wide common one (DejaVu Sans), and a text is sooner cut than it runs into its
neighbour.
"""

from __future__ import annotations

import unicodedata

from .colours import INK, PAPER
from .svg import Block, plain, tag

FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
SMALL, TEXT, LARGE = 11.0, 12.0, 13.0

_THIN, _WIDE = set("ijl.,:;'|![](){}ftrI /\\"), set("mwMW@%")
_LINE = 1.4


def width(text: str, size: float = TEXT) -> float:
    """Pixels that a text may take."""
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    if letter in _THIN:
        return 0.41
    if letter in _WIDE:
        return 0.98
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    return 0.7 if letter.isupper() else 0.63


def fitting(text: str, room: float, size: float = TEXT) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis."""
    if width(text, size) <= room:
        return text
    left, kept = room - width("…", size), []
    for letter in text:
        left -= _em(letter) * size
        if left < 0:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def words(
    x: float, y: float, text: str, *, room: float | None = None, size: float = TEXT, anchor: str | None = None, fill: str = INK, weight: str | None = None,
    halo: bool = False,
) -> str:
    """A line of text; what is cut to the room keeps its whole in a `<title>`, which readers of screens and mice are told.

    Args:
        halo: with paper around the letters, where lines run behind them.
    """
    shown = text if room is None else fitting(text, room, size)
    whole = tag("title", plain(text)) if shown != text else ""
    around: dict[str, str | float] = {"stroke": PAPER, "stroke_width": 4.0, "paint_order": "stroke"} if halo else {}
    return tag("text", whole, plain(shown), x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, font_weight=weight, **around)


def paragraph(text: str, room: float, *, size: float = TEXT, fill: str = INK, weight: str | None = None) -> Block:
    """A text broken into lines."""
    lines = _lines(text, room, size)
    step = size * _LINE
    return Block("".join(words(0, size + place * step, line, room=room, size=size, fill=fill, weight=weight) for place, line in enumerate(lines)),
                 len(lines) * step)


def _lines(text: str, room: float, size: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
