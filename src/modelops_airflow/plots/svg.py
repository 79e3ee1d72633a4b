"""SVG as text: elements with everything escaped, and blocks that are put beside or below each other.

What is drawn here has no script, no style sheet and no address: it may stand inside another page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ..spec.document import HIDDEN

_NO_XML = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What XML forbids or takes for white space; a label that holds it shows the code instead."""


@dataclass(frozen=True)
class Block:
    """A part of a picture, drawn from its own upper left corner.

    Attributes:
        height: pixels it takes.
    """

    svg: str
    height: float


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """An element; attributes that are None are left out, `_` in their names is written `-`, one at the end is left out.

    Args:
        children: elements, or text that is escaped already (`plain`).
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{told}>{''.join(children)}</{name}>" if children else f"<{name}{told}/>"


def _attribute(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else pixels(value)


def plain(text: str) -> str:
    """A text of anybody's as XML may hold it: escaped, and without characters that are invisible or change how text reads."""
    return escape(HIDDEN.sub(_code, _NO_XML.sub(_code, text)))


def _code(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in found.group())


def pixels(value: float) -> str:
    """A coordinate, to a hundredth of a pixel."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no place in a picture")
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def below(blocks: Sequence[Block], gap: float = 0) -> Block:
    """Blocks under each other."""
    parts, y = [], 0.0
    for block in blocks:
        parts.append(_moved(block, 0, y))
        y += block.height + gap
    return Block("".join(parts), max(0.0, y - gap))


def beside(blocks: Sequence[Block], step: float) -> Block:
    """Blocks next to each other, each so far from the one before it."""
    parts = [_moved(block, place * step, 0) for place, block in enumerate(blocks)]
    return Block("".join(parts), max((block.height for block in blocks), default=0))


def _moved(block: Block, x: float, y: float) -> str:
    return block.svg if not x and not y else tag("g", block.svg, transform=f"translate({pixels(x)} {pixels(y)})")
