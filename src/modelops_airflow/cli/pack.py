"""modelops pack: verify an evidence pack, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json
from .output import print_json

pack = typer.Typer(no_args_is_help=True, help="Evidence packs.")


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(pack, name="pack")


@pack.callback()
def about() -> None:
    """Evidence packs."""


@pack.command()
def verify(file: Annotated[Path, typer.Argument(help="The pack, a zip file.")], json: Json = False) -> None:
    """Verify that every byte of a pack is what its manifest says; needs no server."""
    from ..evidence.pack import GAPS, pack_problems

    problems = pack_problems(file.read_bytes())
    if json:
        print_json({"file": str(file), "problems": problems, "gaps": list(GAPS)})
    elif problems:
        print("\n".join(problems))
    else:
        print("internally consistent; its origin is not established")
        print("what it does not prove:")
        print("\n".join(f"  {gap}" for gap in GAPS))
    if problems:
        raise typer.Exit(1)
