"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "pass": "green", "live": "green", "in_use": "green", "ok": "green", "approved": "green", "warned": "yellow",
    "fail": "red", "error": "red", "rejected": "red", "bad": "red", "suspended": "red", "missing": "yellow",
}


def print_json(body: Any) -> None:
    """A JSON document on standard output."""
    print(json.dumps(body, indent=2, ensure_ascii=False, default=str))


def console() -> Console:
    """Where people read; plain text when it is not a terminal."""
    from rich.console import Console

    found = Console(highlight=False)
    if not found.is_terminal:
        found.width = 160
    return found


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table; words of state are coloured, and still say what they mean without colour."""
    from rich import box
    from rich.table import Table

    table = Table(*heads, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(str(cell)) if cell is not None else "" for cell in row))
    console().print(table)


def _cell(text: str) -> str:
    from rich.markup import escape

    style = STYLES.get(text.partition(",")[0].partition(" ")[0])
    return f"[{style}]{escape(text)}[/{style}]" if style else escape(text)
