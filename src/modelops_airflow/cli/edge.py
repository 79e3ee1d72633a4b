"""modelops edge: what a device runs to fetch its models, and which devices there are."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .options import Json
from .output import print_json, print_table

edge = typer.Typer(no_args_is_help=True, help="Models on devices: fetch them there, see which devices there are.")

From = Annotated[str, typer.Option("--from", help="Where the target's folder is: a path, or any URL of fsspec.")]
PublicKey = Annotated[Path, typer.Option("--public-key", help="File of the public key that orders must be signed with (PEM).")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(edge, name="edge")


@edge.command()
def pull(
    url: From,
    ring: Annotated[str, typer.Option("--ring", help="The ring this device is in.")],
    public_key: PublicKey,
    into: Annotated[Path, typer.Option("--into", help="Folder of the models on this device.")],
    device: Annotated[str, typer.Option("--device", help="Name of this device: small letters, digits, hyphens; the host's by default.")] = "",
    json: Json = False,
) -> None:
    """Verify what is ordered, and install what is new; run it as often as there is a connection."""
    import platform

    from ..signing.ed25519 import load_public
    from ..targets.device import pull as pull_once
    from ..targets.edge_store import Store

    done = pull_once(Store(url), ring=ring, public=load_public(public_key), into=into, device=device or platform.node().lower().replace(".", "-"))
    if json:
        print_json(asdict(done))
    else:
        told = [*(f"{model}: {what}" for model, what in done.changed.items()), *(f"{model}: newer, not yet for ring {ring}" for model in done.waiting)]
        print("\n".join([*(told or ["nothing new"]), *([] if done.reported else ["the place took no report"])]))
        for line in done.trouble:
            print(line, file=sys.stderr)
    if done.trouble:
        raise typer.Exit(1)


@edge.command()
def status(
    url: From,
    public_key: PublicKey,
    hours: Annotated[float, typer.Option("--hours", help="A device that was not seen for longer is stale.")] = 48,
    json: Json = False,
) -> None:
    """Every device that has reported, by what it says of itself; exit code 1 if one is stale, behind or in trouble."""
    from ..signing.ed25519 import load_public
    from ..targets.edge_store import Store
    from ..targets.fleet import fleet

    found = fleet(Store(url), public=load_public(public_key), hours=hours, now=datetime.now(UTC))
    if json:
        print_json([asdict(one) for one in found])
    elif found:
        print_table(["device", "ring", "last seen", "models", "wrong"],
                    ([one.device, one.ring, one.seen, ", ".join(one.models), "; ".join(one.wrong)] for one in found))
    else:
        print("no device has reported")
    if any(one.wrong for one in found):
        raise typer.Exit(1)
