"""Files that a command writes, and what it says of them."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError
from .output import print_json


def tell(written: list[Path], *, json: bool, then: str) -> None:
    """Name the files and the next step."""
    if json:
        print_json({"written": [str(path) for path in written], "next": then})
        return
    for path in written:
        print(f"wrote {path}")
    print(f"next: {then}")


def write_new(path: Path, named: str, text: str, next_step: str) -> None:
    """Write a file that is not there; what somebody else has just written is not written over either.

    Raises:
        DataError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"{named} cannot be written: {error.strerror}; {next_step}") from None
