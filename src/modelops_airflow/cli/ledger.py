"""modelops ledger: verify, sign, anchor and export the log of events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .here import here
from .options import Json
from .output import print_json

if TYPE_CHECKING:
    from .ledger_report import LedgerReport
    from .ledger_stamps import StampReport

ledger = typer.Typer(no_args_is_help=True, help="The append-only log of everything that happened.")
keys = typer.Typer(no_args_is_help=True, help="Keys that sign checkpoints.")

Anchors = Annotated[list[str] | None, typer.Option("--anchor", help="Where checkpoints are kept; the option anchors if not given.")]
Key = Annotated[Path | None, typer.Option("--key", help="Public key that signed them (PEM); that of checkpoint_key if not given.")]
Certificates = Annotated[Path | None, typer.Option(
    "--timestamp-certificates", help="Certificates of the time-stamping authorities that you trust (PEM); the option timestamp_certificates if not given.")]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(ledger, name="ledger")
    ledger.add_typer(keys, name="key")


@ledger.callback()
def about() -> None:
    """The append-only log of everything that happened."""


@keys.callback()
def about_keys() -> None:
    """Keys that sign checkpoints."""


@ledger.command()
def verify(anchor: Anchors = None, key: Key = None, timestamp_certificates: Certificates = None, json: Json = False) -> None:
    """Hash every event again, and compare with the checkpoints that are kept elsewhere."""
    from .ledger_report import look

    local = here()
    found = look(local.register, local.settings, anchor, key, timestamp_certificates)
    print_json(found.to_json()) if json else _print(found)
    if found.problems:
        raise typer.Exit(1)


@ledger.command()
def checkpoint(
    if_grown: Annotated[bool, typer.Option("--if-grown", help="Only if there are new events, or an anchor lacks the last one.")] = False,
    json: Json = False,
) -> None:
    """Sign the ledger as it stands, and keep the checkpoint in every anchor."""
    from ..steps.checkpoint import make_checkpoint

    local = here()
    told = make_checkpoint(local.register, local.settings, if_grown=if_grown)
    print_json({"told": told}) if json else print(told)


@ledger.command()
def export(file: NewFile, json: Json = False) -> None:
    """Write every event's bytes and leaf hash as JSON lines, and the last checkpoint; never over a file."""
    from .ledger_report import export_to

    local = here()
    count = export_to(local.register, local.settings, file)
    print_json({"file": str(file), "events": count}) if json else print(f"{count} events in {file}")


@keys.command()
def generate(file: NewFile, json: Json = False) -> None:
    """Make an Ed25519 key that only you can read, and its public half beside it as FILE.pub."""
    from ..signing.ed25519 import fingerprint, raw_public, write_public
    from ..signing.ed25519 import generate as new_key

    public = raw_public(new_key(file))
    write_public(file.with_name(f"{file.name}.pub"), public)
    told = {"private": str(file), "public": f"{file}.pub", "fingerprint": fingerprint(public)}
    print_json(told) if json else print("\n".join(f"{name}: {value}" for name, value in told.items()))


def _print(found: LedgerReport) -> None:
    if found.problems:
        print("\n".join(found.problems))
    for one in found.passed_over:
        print(f"passed over: {one}")
    if not found.sound:
        return
    print(f"{found.events} events, each as it was appended; root {found.root or 'none'}")
    for kept in found.anchors:
        print(f"anchored in {kept.url} ({kept.kind}; can be rewritten by {kept.told}): {kept.size} events in {kept.checkpoints} checkpoints")
    if not found.pinned:
        print("self-attested: events taken off the end would not show; name where checkpoints are kept (--anchor URL, "
              "with --key PEM) or make one (modelops ledger checkpoint)")
    elif found.pinned < found.events:
        print(f"events {found.pinned} to {found.events - 1} are self-attested until the next checkpoint")
    if found.longest:
        print(f"longest time without an anchor: {found.longest}")
    _print_stamps(found.stamps)


def _print_stamps(stamps: StampReport) -> None:
    if stamps.held:
        print(f"time stamps of {stamps.held} checkpoints hold; the last says that {stamps.size} events were there at {stamps.at}, by the clock of {stamps.by}")
    if stamps.unchecked:
        print(f"{stamps.unchecked} time stamps were found and not checked: {stamps.why}")
