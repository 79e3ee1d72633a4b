"""modelops waivers: which controls are waived, for how many days more; and ask, accept, reject, revoke, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .act import act, say
from .options import LOCAL_URL, Json, Reason, TokenFile, Url, User
from .output import print_json, print_table
from .sources import model_id

waivers = typer.Typer(invoke_without_command=True, help="Waivers of controls: list, ask, accept, reject, revoke.")

LOOKED_BACK = 90
"""For so many days a waiver that ended by itself stays in the list: its control blocks again, and nobody did anything that would tell so."""

Model = Annotated[str, typer.Argument(help="Model id.")]
Number = Annotated[int, typer.Argument(help="Number of the waiver; see: modelops waivers")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(waivers, name="waivers")


@waivers.callback()
def show(
    context: typer.Context,
    model: Annotated[str, typer.Option("--model", help="Only those of this model.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that were rejected or revoked, or expired more than 90 days ago.")] = False,
    json: Json = False,
) -> None:
    """The waivers that count or wait, with the days that are left, and those that expired within 90 days; from the register."""
    if context.invoked_subcommand is not None:
        return
    rows = [one for one in _rows(model) if every or _matters(one)]
    if json:
        print_json(rows)
        return
    print_table(("number", "model", "control", "state", "until", "days left", "accepted by", "why", "meanwhile"), (
        (one["number"], one["model"], f"{one['pack']} {one['control']}", one["state"], one["until"], _left(one),
         f"{len(one['accepted_by'])} of {one['needed']}: {', '.join(one['accepted_by'])}".rstrip(": "), one["reason"], "; ".join(one["compensating"]))
        for one in rows))


@waivers.command()
def ask(
    model: Model,
    pack: Annotated[str, typer.Argument(help="Policy pack, such as four-fifths.")],
    control: Annotated[str, typer.Argument(help="Control of the pack, such as FF-RATIO.")],
    until: Annotated[str, typer.Option("--until", help="Last day, such as 2027-03-31; 90, 180 or 365 days at most, by tier.")],
    reason: Reason,
    compensating: Annotated[list[str], typer.Option("--compensating", help="What is done meanwhile in its place; again for more.")],
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Ask for a waiver of a control, as the model's owner or a developer."""
    body = {"pack": pack, "control": control, "until": until, "reason": reason, "compensating": compensating}
    told = act(model, "waivers", body, url, user, token_file)
    say(told, f"asked for as waiver {told['number']}; now the control side runs: modelops waivers accept {model} {told['number']} --reason WHY", json=json)


@waivers.command()
def accept(model: Model, number: Number, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Accept a waiver, as the control side; nobody who asked for it, owns or develops the model."""
    told = act(model, f"waivers/{number}/acceptance", {"reason": reason}, url, user, token_file)
    counts = told["state"] == "active"
    say(told, f"waiver {number} counts until {told['until']}; start a new run" if counts else
         f"recorded; waiver {number} takes {told['needed'] - len(told['accepted_by'])} more of the control side", json=json)


@waivers.command()
def reject(model: Model, number: Number, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Reject a waiver that waits, as the control side."""
    say(act(model, f"waivers/{number}/rejection", {"reason": reason}, url, user, token_file), f"waiver {number} is rejected", json=json)


@waivers.command()
def revoke(model: Model, number: Number, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """End a waiver before its day, as the control side; its control blocks again at once."""
    say(act(model, f"waivers/{number}/revocation", {"reason": reason}, url, user, token_file), f"waiver {number} counts no more", json=json)


def _matters(one: dict[str, Any]) -> bool:
    """Whether a waiver counts, waits, or ended by itself not long ago."""
    return one["state"] in ("requested", "active") or (one["state"] == "expired" and one["days_over"] <= LOOKED_BACK)


def _left(one: dict[str, Any]) -> str:
    if one["state"] != "expired":
        return str(one["days_left"])
    return f"ended {one['days_over']} day{'s' * (one['days_over'] != 1)} ago"


def _rows(model: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ..inventory.tables import ModelRow
    from ..ui.reads.waivers import waiver_rows
    from .here import here

    with here().register.read() as session:
        return waiver_rows(session, [model_id(model)] if model else list(session.scalars(select(ModelRow.id))))

