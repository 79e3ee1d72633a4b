"""What a reader of Markdown sees of its HTML: no comments, no tags, nothing within an element that is hidden. Pure."""

from __future__ import annotations

import re
from html import unescape

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"""<(/?)([a-z][a-z0-9-]*)((?:[\s/](?:"[^"]*+"|'[^']*+'|[^'"<>])*+)?)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


def shown(text: str) -> str:
    """The text without what nobody reads; an element that is hidden and never closed hides the rest."""
    text = _COMMENT.sub("", text)
    seen, at, hidden, depth = [], 0, "", 0
    for tag in _TAG.finditer(text):
        closes, name = tag[1] == "/", tag[2].lower()
        if not hidden:
            seen.append(text[at : tag.start()])
            if not closes and name not in _VOID and _is_hidden(tag[3]):
                hidden, depth = name, 1
        elif name == hidden:
            depth += -1 if closes else 1
            hidden = hidden if depth else ""
        at = tag.end()
    return " ".join(seen if hidden else [*seen, text[at:]])


def _is_hidden(attributes: str) -> bool:
    for name, value in _ATTRIBUTE.findall(attributes):
        style = re.sub(r"\s|/\*.*?\*/", "", unescape(value)).casefold()
        if name.lower() == "hidden" or (name.lower() == "style" and "display:none" in style):
            return True
    return False
