"""The sheet that everything is drawn on: title, words for those who cannot see it, paper, blocks, notes."""

from __future__ import annotations

from collections.abc import Sequence

from .colours import PAPER, QUIET
from .lettering import FONT, LARGE, SMALL, paragraph
from .svg import Block, below, pixels, plain, tag

WIDTH = 860.0
MARGIN = 20.0
ROOM = WIDTH - 2 * MARGIN
_NOTES_AT_MOST = 20


def sheet(title: str, blocks: Sequence[Block], *, desc: str, notes: Sequence[str] = ()) -> str:
    """The whole picture as a document of its own, ending in a line feed; it is SVG wherever it stands.

    Args:
        desc: the numbers in words.
        notes: what a reader must know, at the foot.
    """
    told = [*notes[:_NOTES_AT_MOST], *([f"and {len(notes) - _NOTES_AT_MOST} more notes"] if len(notes) > _NOTES_AT_MOST else [])]
    heading = paragraph(title, ROOM, size=LARGE, weight="bold")
    foot = below([paragraph(note, ROOM, size=SMALL, fill=QUIET) for note in told], 3)
    body = below([heading, *(block for block in (*blocks, foot) if block.height)], 18)
    height = body.height + 2 * MARGIN
    return tag(
        "svg", tag("title", plain(title)), tag("desc", plain(desc or title)), tag("rect", width=WIDTH, height=height, fill=PAPER),
        tag("g", body.svg, transform=f"translate({pixels(MARGIN)} {pixels(MARGIN)})"),
        xmlns="http://www.w3.org/2000/svg", width=WIDTH, height=height, viewBox=f"0 0 {pixels(WIDTH)} {pixels(height)}", role="img", font_family=FONT,
    ) + "\n"
