"""A document as one HTML file: no script, nothing from elsewhere, for screen and print."""

from __future__ import annotations

import re
from html import escape

from .markdown import ASKED_WORDS
from .parts import Cited, Document, Figure, Gap, Heading, Inline, Line, Part, Table
from .sources import ASKED

_STYLE = (
    "body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}h1,h2,h3{line-height:1.2}h2{margin-top:1.6em}"
    "table{border-collapse:collapse;width:100%;margin:.7em 0}td,th{border:1px solid #ccc;padding:.25em .5em;text-align:left;vertical-align:top}"
    "td{overflow-wrap:break-word}th{background:#f2f2f2}a{color:#1a4d8f;text-decoration-color:#b7c8de}figure{margin:.6em 2.5em}"
    "figcaption{color:#555}.gap{border-left:4px solid #b00020;padding:.1em .5em;margin:.5em 0;background:#fdf1f2}.gap b{color:#b00020}"
    "svg{max-width:100%;height:auto}code{overflow-wrap:anywhere}"
    "@media print{@page{margin:16mm}body{font-size:10pt;margin:0;max-width:none;padding:0 2px}h2,h3{break-after:avoid}tr,figure{break-inside:avoid}"
    "thead{display:table-header-group}}"
)
_LONG, _PIECES = 24, re.compile(r"[^_]{1,16}_?|_")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(document: Document) -> str:
    """The document as a page of its own."""
    ids = document.evidence()
    title = escape(document.title.text)
    listed = "".join(f'<li id="{name}"><code>{name}</code>: ' + (ASKED_WORDS if member == ASKED else f"<code>{escape(member)}</code>, <code>{escape(digest)}</code>") + "</li>"
                     for (member, digest), name in ids.items())
    return "".join([
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>", *(_part(one, ids) for one in document.parts),
        f"<h2>Evidence</h2><ul>{listed}</ul></body></html>\n",
    ])


def _part(part: Part, ids: dict[tuple[str, str], str]) -> str:
    if isinstance(part, Heading):
        return f"<h{part.level}>{part.number + '. ' if part.number else ''}{escape(part.words.text)}</h{part.level}>"
    if isinstance(part, Table):
        head = "".join(f"<th>{escape(one.text)}</th>" for one in part.heads)
        rows = "".join("<tr>" + "".join(f"<td>{_cell(one, ids)}</td>" for one in row) + "</tr>" for row in part.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    if isinstance(part, Figure):
        return f"<figure>{part.svg}<figcaption>Drawn of {_inline(part.drawn_of, ids)}</figcaption></figure>"
    return _cell(part, ids) if isinstance(part, Gap) else f"<p>{_cell(part.line, ids)}</p>"


def _cell(cell: Line | Gap, ids: dict[tuple[str, str], str]) -> str:
    if isinstance(cell, Gap):
        return f'<div class="gap"><b>Gap:</b> {_cell(cell.line, ids)}</div>'
    return "".join(_inline(one, ids) for one in cell)


def _inline(one: Inline, ids: dict[tuple[str, str], str]) -> str:
    if not isinstance(one, Cited):
        return escape(one.text)
    told = f"{one.source.member}{one.source.pointer}" + (f" = {one.exact}" if one.shown != one.exact else "")
    return f'<a href="#{ids[one.source.member, one.source.evidence]}" title="{escape(told)}">{_breakable(one.shown) or "nothing"}</a>'


def _breakable(text: str) -> str:
    """Anybody's text, escaped; a word that no column has room for may go on in the next line, after an underscore where it has one."""
    return "".join("<wbr>".join(map(escape, _PIECES.findall(word))) if len(word) > _LONG else escape(word) for word in re.split(r"(\s+)", text))
