"""modelops incidents: what went wrong, the clocks that run from it, and what was done, under a person's own credentials."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError
from .options import LOCAL_URL, Json, TokenFile, Url, User
from .output import print_json, print_table, reading
from .server import OURS, server_for

incidents = typer.Typer(no_args_is_help=True, help="What went wrong with models: open, report and close, with the clocks of statutory notices.")
PATH = f"{OURS}/incidents"
Number = Annotated[int, typer.Argument(help="Number of the incident.")]
Words = Annotated[str, typer.Option("--words", help="What was done or found; goes on record.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(incidents, name="incidents")


@incidents.command("list")
def listed(url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Every incident, with its clocks as they are now."""
    with server_for(url, user, token_file) as server:
        items = server.get(PATH)["items"]
    if json:
        print_json(items)
        return
    print_table(("incident", "kind", "severity", "models", "state", "what", "clocks"), (
        (one["id"], one["kind"], one["severity"], ", ".join(one["models"]), one["state"], one["title"], _clocks(one)) for one in items))


@incidents.command()
def show(number: Number, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """One incident, and what was done about it."""
    with server_for(url, user, token_file) as server:
        told = server.get(f"{PATH}/{number}")
    if json:
        print_json(told)
        return
    print(f"incident {told['id']}: {told['title']}\n{told['kind']}, {told['severity']}, {told['state']}; models {', '.join(told['models'])}")
    print(f"known since {told['known_at']}, opened by {told['opened_by']}\n{told['happened']}")
    print_table(("clock", "law", "section", "last day", "days left", "state"), (
        (one["clock"], one["law"], one["section"], one["last_day"], one["days_left"], one["state"]) for one in told["clocks"]))
    print_table(("when", "who", "did", "words"), ((one["at"], one["person"], one["act"], one["words"]) for one in told["entries"]))
    if told["why_not_closed"]:
        print(f"you may not close it: {told['why_not_closed']}")


@incidents.command("open")
def opened(
    models: Annotated[list[str], typer.Argument(help="Ids of the models.")],
    kind: Annotated[str, typer.Option("--kind", help="internal, serious, death, widespread, data-request, adverse-outcome or credit-decision.")],
    severity: Annotated[str, typer.Option("--severity", help="low, medium, high or critical.")],
    title: Annotated[str, typer.Option("--title", help="What happened, in one line.")],
    happened: Annotated[str, typer.Option("--happened", help="What happened, in full.")],
    known: Annotated[str, typer.Option("--known", help="When it became known, as 2026-03-01T14:00:00Z; now if not given. Clocks run from it.")] = "",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Open an incident; anybody who has a role may."""
    body = {"kind": kind, "severity": severity, "models": models, "known_at": _moment(known), "title": title, "happened": happened}
    with server_for(url, user, token_file) as server:
        told = server.get(f"{PATH}/{server.post(PATH, body)['id']}")
    if json:
        print_json(told)
    else:
        print(f"incident {told['id']} is open" + (f"; {_clocks(told)}" if told["clocks"] else "; no statutory clock runs"))


@incidents.command()
def enter(
    number: Number,
    act: Annotated[str, typer.Argument(help="investigating, contained, cause, corrected or classified.")],
    words: Words,
    kind: Annotated[str, typer.Option("--kind", help="For classified: what kind of incident it is now.")] = "",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Put on record what was done about an incident: its state, its root cause, the corrective action."""
    _send(number, {"act": act, "words": words} | ({"kind": kind} if kind else {}), url, user, token_file, json=json)


@incidents.command()
def report(
    number: Number,
    clock: Annotated[str, typer.Option("--clock", help="The clock that the notice answers: modelops clocks.")],
    authority: Annotated[str, typer.Option("--authority", help="To whom it was sent.")],
    file: Annotated[Path, typer.Option("--file", help="The text that was sent; only its digest leaves this machine.")],
    sent: Annotated[str, typer.Option("--sent", help="When it was sent, as 2026-03-01T14:00:00Z; now if not given.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="Number of the receipt.")] = "",
    words: Words = "notice sent",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Put on record that a notice was sent to an authority."""
    from ..digest import digest_bytes

    digest = digest_bytes(reading("the report", file, "name the text that was sent"))
    body = {"act": "notified", "words": words, "clock": clock, "authority": authority, "report": digest, "sent_at": _moment(sent), "reference": reference}
    _send(number, body, url, user, token_file, json=json)


@incidents.command()
def close(number: Number, words: Words, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Close an incident, as somebody of the control side who neither opened it nor owns one of its models."""
    _send(number, {"act": "closed", "words": words}, url, user, token_file, json=json)


def _send(number: int, body: dict[str, Any], url: str, user: str, token_file: Path | None, *, json: bool) -> None:
    with server_for(url, user, token_file) as server:
        told = server.post(f"{PATH}/{number}/entries", body)
    if json:
        print_json(told)
    else:
        print(f"recorded; incident {number} is {told['state']}")


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise DataError(f"{text!r} is no time with its zone; expected one such as 2026-03-01T14:00:00Z")
    return found.astimezone(UTC).isoformat()


def _clocks(told: dict[str, Any]) -> str:
    return ", ".join(f"{one['clock']} {one['state']}, last day {one['last_day']}" for one in told["clocks"])
