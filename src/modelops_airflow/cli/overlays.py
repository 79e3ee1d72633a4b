"""modelops overlays: which answers of models are adjusted afterwards; and propose, approve, reject, renew, exit, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from .act import act, say
from .options import LOCAL_URL, Json, Reason, TokenFile, Url, User
from .output import print_json, print_table
from .sources import model_id

overlays = typer.Typer(invoke_without_command=True, help="Overlays, adjustments after the model: list, propose, approve, reject, renew, exit.")

Model = Annotated[str, typer.Argument(help="Model id.")]
Name = Annotated[str, typer.Argument(help="Name of the overlay, such as recession-uplift.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(overlays, name="overlays")


@overlays.callback()
def show(context: typer.Context, model: Annotated[str, typer.Option("--model", help="Only those of this model.")] = "", json: Json = False) -> None:
    """The overlays of models, with the days that are left and how often they were renewed; from the register."""
    if context.invoked_subcommand is not None:
        return
    rows = _rows(model)
    if json:
        print_json(rows)
        return
    print_table(("model", "overlay", "state", "size", "owner", "approver", "until", "days left", "renewals", "ends when"), (
        (one["model"], one["name"], one["state"], one["size"], one["owner"], one["approver"], one["until"], one["days_left"], one["renewals"], one["exit"])
        for one in rows))


@overlays.command()
def propose(
    model: Model,
    name: Name,
    what: Annotated[str, typer.Option("--what", help="What is adjusted.")],
    why: Annotated[str, typer.Option("--why", help="Which weakness of the model it makes up for.")],
    size: Annotated[str, typer.Option("--size", help="By how much.")],
    method: Annotated[str, typer.Option("--method", help="How the size was worked out.")],
    exit_when: Annotated[str, typer.Option("--exit", help="What must be so for it to end.")],
    owner: Annotated[str, typer.Option("--owner", help="Person of governance.yaml who owns it.")],
    approver: Annotated[str, typer.Option("--approver", help="Person of the control side who decides; not the owner.")],
    start: Annotated[str, typer.Option("--start", help="First day, such as 2027-01-01.")],
    until: Annotated[str, typer.Option("--until", help="Last day, within a year.")],
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Propose an overlay, as the model's owner or the control side."""
    body = {"name": name, "what": what, "why": why, "size": size, "method": method, "exit": exit_when, "owner": owner, "approver": approver,
            "start": start, "until": until}
    say(act(model, "overlays", body, url, user, token_file), f"proposed; now {approver} runs: modelops overlays approve {model} {name} --reason WHY", json=json)


@overlays.command()
def approve(model: Model, name: Name, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Approve an overlay, as its approver."""
    _act(model, name, {"act": "approve", "reason": reason}, url, user, token_file, json=json)


@overlays.command()
def reject(model: Model, name: Name, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Reject an overlay, as its approver."""
    _act(model, name, {"act": "reject", "reason": reason}, url, user, token_file, json=json)


@overlays.command()
def renew(
    model: Model,
    name: Name,
    until: Annotated[str, typer.Option("--until", help="New last day, within a year.")],
    reason: Reason,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Let an overlay last longer after a review, as its approver; renewals are counted, and two are a finding."""
    _act(model, name, {"act": "renew", "reason": reason, "until": until}, url, user, token_file, json=json)


@overlays.command("exit")
def leave(model: Model, name: Name, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """End an overlay, as its owner: its exit criteria are met."""
    _act(model, name, {"act": "exit", "reason": reason}, url, user, token_file, json=json)


def _act(model: str, name: str, body: dict[str, Any], url: str, user: str, token_file: Any, *, json: bool) -> None:
    told = act(model, f"overlays/{quote(name, safe='')}/acts", body, url, user, token_file)
    say(told, f"overlay {name} of {model} is {told['state']}, until {told['until']}", json=json)


def _rows(model: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ..inventory.tables import ModelRow
    from ..ui.reads.overlays import overlay_rows
    from .here import here

    with here().register.read() as session:
        return overlay_rows(session, [model_id(model)] if model else list(session.scalars(select(ModelRow.id))))

