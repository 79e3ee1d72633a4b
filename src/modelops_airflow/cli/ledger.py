"""modelops ledger: verify the log of events."""

from __future__ import annotations

import typer

from .here import here
from .options import Json
from .output import print_json

ledger = typer.Typer(no_args_is_help=True, help="The append-only log of everything that happened.")


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(ledger, name="ledger")


@ledger.callback()
def about() -> None:
    """The append-only log of everything that happened."""


@ledger.command()
def verify(json: Json = False) -> None:
    """Hash every event again and compare with the tree."""
    from sqlalchemy import func, select

    from ..ledger import EventRow, tip
    from ..ledger import verify as verify_events

    with here().register.read() as session:
        count = session.scalar(select(func.count()).select_from(EventRow)) or 0
        last = tip(session)
        root = last.root if last else None
        problems = verify_events(session)
    if json:
        print_json({"events": count, "root": root, "problems": problems, "anchored": False})
    elif problems:
        print("\n".join(problems))
    else:
        print(f"{count} events, each as it was appended; root {root or 'none'}")
        print("self-attested: keep this root elsewhere to see later whether events were taken off the end")
    if problems:
        raise typer.Exit(1)
