"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "pass": "green", "live": "green", "in_use": "green", "ok": "green", "approved": "green", "conditional": "yellow", "restricted": "yellow", "warned": "yellow",
    "fail": "red", "error": "red", "rejected": "red", "bad": "red", "suspended": "red", "missing": "yellow",
}


def print_json(body: Any) -> None:
    """A JSON document on standard output."""
    print(json.dumps(body, indent=2, ensure_ascii=False, default=str))


@contextmanager
def writing(what: str, path: Path, option: str) -> Iterator[None]:
    """Say what could not be written where, if it could not.

    Raises:
        DataError: it could not.
    """
    try:
        yield
    except OSError as error:
        raise DataError(f"{what} cannot be written to {path}: {error.strerror}; name another file with {option}") from None


def reading(what: str, path: Path, next_step: str) -> bytes:
    """The bytes of a file that the caller named.

    Raises:
        DataError: it cannot be read; says what it should have been, and the next step.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{what} {path} cannot be read: {error.strerror}; {next_step}") from None


def somebody_can_be_asked() -> bool:
    """Whether a question would reach a person: there is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


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
    from rich.table import Column, Table

    columns = (Column(head, overflow="fold") for head in heads)  # an address that is cut leads nowhere
    table = Table(*columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(str(cell)) if cell is not None else "" for cell in row))
    console().print(table)


def _cell(text: str) -> str:
    from rich.markup import escape

    style = STYLES.get(text.partition(",")[0].partition(" ")[0])
    return f"[{style}]{escape(text)}[/{style}]" if style else escape(text)
