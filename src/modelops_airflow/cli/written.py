"""What a command that writes files says of them."""

from __future__ import annotations

from pathlib import Path

from .output import print_json


def tell(written: list[Path], *, json: bool, then: str) -> None:
    """Name the files and the next step."""
    if json:
        print_json({"written": [str(path) for path in written], "next": then})
        return
    for path in written:
        print(f"wrote {path}")
    print(f"next: {then}")
