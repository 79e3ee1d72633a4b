"""modelops governance: what is in force, what waits, and putting it in force as a person of the control side."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import DataError
from .options import LOCAL_URL, Json, TokenFile, Url, User
from .output import print_json, print_table
from .server import OURS, server_for

governance = typer.Typer(no_args_is_help=True, help="Who holds which role: the state in force and the one that waits.")
PATH = f"{OURS}/governance"


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(governance, name="governance")


@governance.command()
def show(url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """What is in force, what waits, and what would change."""
    with server_for(url, user, token_file) as server:
        told = server.get(PATH)
    if json:
        print_json(told)
    else:
        _show(told)


@governance.command()
def activate(
    digest: Annotated[str, typer.Option("--digest", help="The state you looked at; anything else is refused.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Put what waits in force. The first governance, and a change of who people are, takes two different people of the control side."""
    with server_for(url, user, token_file) as server:
        told = server.get(PATH)
        if told["pending"] is None:
            raise DataError("no change of governance waits; the state in force is the one of the file")
        if not json:
            _show(told)
        if not yes and not typer.confirm("put this in force?", err=True):
            raise typer.Exit(1)
        answer = server.post(f"{PATH}/activation", {"digest": digest or told["pending"]["digest"]})
    if json:
        print_json(answer)
    else:
        print("confirmed; a second person is needed" if answer["state"] == "pending" else "in force")


def _show(told: dict[str, Any]) -> None:
    rows = [(state, told[state]["digest"], told[state]["proposed_by"], ", ".join(told[state]["confirmed_by"]),
             told[state]["activated_by"]) for state in ("active", "pending") if told[state]]
    print_table(("state", "digest", "proposed by", "confirmed by", "activated by"), rows)
    if told["pending"] and told["needed"] > 1:
        print(f"what waits takes {told['needed']} different people of the control side")
    if told["changes"]:
        print_table(("what", "before", "after"), ((one["what"], one["before"], one["after"]) for one in told["changes"]))
