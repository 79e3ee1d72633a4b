"""modelops snapshot: the fleet's stored evidence in one signed file, for plans where the register cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..durable import write_durably
from ..errors import DataError
from .here import here
from .options import Json
from .output import print_json, reading, writing

if TYPE_CHECKING:
    from ..steps.snapshot import Snapshot

snapshot = typer.Typer(no_args_is_help=True, help="The fleet's stored evidence in one signed file, for `modelops plan --against REV --evidence FILE`.")


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(snapshot, name="snapshot")


@snapshot.command()
def write(file: Annotated[Path, typer.Argument(help="Where to write it; a file that is there is replaced.")], json: Json = False) -> None:
    """Write it, signed with the checkpoint key. It has verdicts and statements: no rows of data and no words of people."""
    from ..signing.ed25519 import fingerprint, raw_public
    from ..steps.pack_keys import house_key
    from ..steps.snapshot import body_of, sealed

    place = here()
    key = house_key(place.settings)
    if key is None:
        raise DataError("a snapshot is signed, and no checkpoint_key is set; see docs/how-to/anchor-the-ledger.md")
    body = body_of(place.register, place.store, place.settings.origin)
    data, named = sealed(body, key), fingerprint(raw_public(key))
    with writing("the snapshot", file, "FILE"):
        write_durably(file, data, mode=0o644)
    if json:
        print_json({"file": str(file), "bytes": len(data), "plans": len(body["runs"]), "statements": len(body["statements"]), "signed_by": named})
    else:
        print(f"wrote {file}: {len(body['runs'])} plans, {len(body['statements'])} statements, {len(data):,} bytes, signed by {named}")


def snapshot_in(file: Path, trust: str) -> Snapshot:
    """The snapshot in a file, verified.

    Raises:
        DataError: it cannot be read, or no key is named.
        EvidenceError: it is none, was changed, or another key signed it.
    """
    from ..steps.snapshot import opened

    if not trust:
        raise DataError("expected --trust with the fingerprint that modelops snapshot write told: whoever can change the file can sign it with a key of their own")
    return opened(reading("the snapshot", file, "write one with modelops snapshot write"), trust)
