"""A document as Markdown: every number is a link to its evidence, listed at the end."""

from __future__ import annotations

import re
from urllib.parse import quote

from .parts import Cited, Document, Figure, Gap, Heading, Inline, Line, Part, Table
from .sources import ASKED

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#|~!&+\-.:@$=\"'/])")
ASKED_WORDS = "the day that whoever wrote this document asked for; no evidence"


def markdown(document: Document) -> str:
    """The document as Markdown; pictures stay in the HTML, and are named."""
    ids = document.evidence()
    parts = [f"# {document.title.text}", *(_part(one, ids) for one in document.parts), "## Evidence", *_listed(ids)]
    return "\n\n".join(parts) + "\n"


def _listed(ids: dict[tuple[str, str], str]) -> list[str]:
    return [f'<a id="{name}"></a>`{name}`: ' + (ASKED_WORDS if member == ASKED else f"`{member}`, `{digest}`") for (member, digest), name in ids.items()]


def _part(part: Part, ids: dict[tuple[str, str], str]) -> str:
    if isinstance(part, Heading):
        return f"{'#' * part.level} {_text(part.number + '. ' if part.number else '')}{_text(part.words.text)}"
    if isinstance(part, Table):
        lines = [[_text(one.text) for one in part.heads], ["---"] * len(part.heads), *([_cell(one, ids) for one in row] for row in part.rows)]
        return "\n".join(f"| {' | '.join(one)} |" for one in lines)
    if isinstance(part, Figure):
        return f"*A picture of {_inline(part.drawn_of, ids)} is in the HTML form.*"
    return _cell(part if isinstance(part, Gap) else part.line, ids)


def _cell(cell: Line | Gap, ids: dict[tuple[str, str], str]) -> str:
    if isinstance(cell, Gap):
        return f"**Gap:** {_cell(cell.line, ids)}"
    return "".join(_inline(one, ids) for one in cell)


def _inline(one: Inline, ids: dict[tuple[str, str], str]) -> str:
    if not isinstance(one, Cited):
        return _text(one.text)
    name = ids[one.source.member, one.source.evidence]
    return f'[{_text(one.shown) or "nothing"}](#{name} "{_where(one)}")'


def _where(one: Cited) -> str:
    """What a link says of itself: the pointer, and a number that was rounded in full; of safe characters alone."""
    return quote(one.source.pointer, safe="/~") + (f" = {one.exact}" if one.shown != one.exact else "")


def _text(text: str) -> str:
    """Anybody's text, as one line that Markdown does not take for marks, tags or links."""
    return _MARKS.sub(r"\\\1", re.sub(r"\s+", " ", text))

