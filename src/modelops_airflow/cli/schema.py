"""modelops schema: JSON Schema of our YAML files, for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .options import Json
from .output import print_json


class Kind(StrEnum):
    """Kinds of file."""

    model = "model"
    governance = "governance"
    lifecycle = "lifecycle"
    policy = "policy"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    kind: Annotated[Kind, typer.Argument(help="Kind of file.")] = Kind.model,
    out: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
    json: Json = True,
) -> None:
    """Print the JSON Schema of a kind of file, with the kinds of models and the targets that are installed here, and their options.

    In an editor with the YAML language server: # yaml-language-server: $schema=model.schema.json
    """
    from json import dumps

    from .known_names import schema_here

    del json  # it is JSON in any case
    body = schema_here(kind.value)
    if out is None:
        print_json(body)
    else:
        out.write_text(dumps(body, indent=2) + "\n", encoding="utf-8")
        print(f"wrote {out}")
