"""modelops verify: what an evidence pack establishes, offline, by the same code as its verify.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError
from .options import Json
from .output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    pack: Annotated[Path, typer.Argument(help="The pack, a zip file.")],
    trust: Annotated[list[str] | None, typer.Option("--trust", help="Fingerprint (sha256:...) of the sender's key, got from elsewhere.")] = None,
    json: Json = False,
) -> None:
    """Verify an evidence pack; needs no server, and gives the verdict of the pack's own verify.py."""
    from ..evidence.read_pack import verify_pack
    from ..evidence.verify import report

    answer = verify_pack(pack_bytes(pack), trust or ())
    print_json({"file": str(pack), **answer}) if json else print(report(answer))
    if answer["problems"]:
        raise typer.Exit(1)


def pack_bytes(pack: Path) -> bytes:
    """The bytes of a pack, or one more than any pack has.

    Raises:
        DataError: the file cannot be read.
    """
    from ..evidence.verify import MOST_BYTES

    try:
        with pack.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f"the pack {pack} cannot be read: {error.strerror}; name a zip that modelops pack wrote") from None
