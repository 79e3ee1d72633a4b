"""modelops findings open, plan, close, ...: what a person does about a finding, under their own credentials, over HTTP.

The server knows who asks by Airflow's log-in and decides by the same rules as for the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError
from .options import LOCAL_URL, Json, TokenFile, Url, User
from .output import print_json
from .server import OURS, server_for
from .sources import model_id

Number = Annotated[int, typer.Argument(help="Number of the finding.")]
Words = Annotated[str, typer.Option("--comment", help="What or why; goes on record.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Digest of a result or a pack on record.")]
Run = Annotated[str, typer.Option("--run", help="Id of a run of the model that passed, as evidence.")]
Text = Annotated[str, typer.Option("--text", help="What was looked at and seen, as evidence.")]
Until = Annotated[str, typer.Option("--until", help="Day or moment, as 2027-03-31 or 2027-03-31T12:00:00Z.")]
Agree = Annotated[str, typer.Option("--agree", help="Digest of what another person proposed, from `show`; says nothing else.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("open")(open_one)
    for command in (dispute, withdraw, uphold, plan, start, close, extend):
        group.command()(command)
    group.command("hand-in")(hand_in)
    group.command("return")(return_one)
    group.command("accept-risk")(accept_risk)


def open_one(
    model: Annotated[str, typer.Argument(help="Model id.")],
    severity: Annotated[str, typer.Option("--severity", help="critical, high, medium or low.")],
    title: Annotated[str, typer.Option("--title", help="In a few words.")],
    text: Annotated[str, typer.Option("--text", help="What is wrong, and where it shows.")],
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Open a finding on a model, as a person of the control side who neither owns nor develops it."""
    body = {"severity": severity, "title": title, "text": text}
    _post(f"{OURS}/models/{model_id(model)}/findings", body, url, user, token_file, json=json)


def dispute(number: Number, comment: Words, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Dispute a finding, as the model's owner, within 10 days."""
    _act(number, {"act": "dispute", "words": comment}, url, user, token_file, json=json)


def withdraw(number: Number, comment: Words, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Withdraw a disputed finding, as somebody of the control side who did not open it."""
    _act(number, {"act": "withdraw", "words": comment}, url, user, token_file, json=json)


def uphold(number: Number, comment: Words, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Uphold a disputed finding, as somebody of the control side who did not open it."""
    _act(number, {"act": "uphold", "words": comment}, url, user, token_file, json=json)


def plan(
    number: Number, comment: Words = "", agree: Agree = "",
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Propose a plan, or agree to the one proposed: it takes the owner and the control side."""
    _act(number, {"act": "plan", **({"agree": agree} if agree else {"words": comment})}, url, user, token_file, json=json)


def start(number: Number, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Start the agreed work, as the model's owner."""
    _act(number, {"act": "start"}, url, user, token_file, json=json)


def hand_in(
    number: Number, comment: Words, evidence: Evidence = "", run: Run = "", text: Text = "",
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Hand in evidence that it is mended, as the model's owner."""
    _act(number, {"act": "hand-in", "words": comment, "evidence": _named(evidence, run, text)}, url, user, token_file, json=json)


def close(
    number: Number, comment: Words, evidence: Evidence = "", run: Run = "", text: Text = "",
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Close it after verifying, with evidence, as somebody of the control side who had no hand in it."""
    _act(number, {"act": "close", "words": comment, "evidence": _named(evidence, run, text)}, url, user, token_file, json=json)


def return_one(number: Number, comment: Words, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Send it back to the owner, with what is missing."""
    _act(number, {"act": "return", "words": comment}, url, user, token_file, json=json)


def accept_risk(
    number: Number, comment: Words = "",
    controls: Annotated[str, typer.Option("--controls", help="What keeps the risk small meanwhile.")] = "",
    until: Until = "", agree: Agree = "",
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Accept its risk until a day, or agree to what was proposed: never of a critical one, and of a high one two people."""
    said = {"agree": agree} if agree else {"words": comment, "controls": controls, "until": _moment(until)}
    _act(number, {"act": "accept-risk", **said}, url, user, token_file, json=json)


def extend(
    number: Number, comment: Words, until: Until,
    url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False,
) -> None:
    """Move its due date, once and by 90 days at most, as the control side."""
    _act(number, {"act": "extend", "words": comment, "until": _moment(until)}, url, user, token_file, json=json)


def _named(evidence: str, run: str, text: str) -> dict[str, str]:
    return {"digest": evidence, "run": run, "text": text}


def _moment(told: str) -> str | None:
    """A moment as the API takes it; a day begins at midnight, UTC.

    Raises:
        DataError: it is none.
    """
    from datetime import UTC, datetime

    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise DataError(f"--until {told!r} is no moment; expected one as 2027-03-31 or 2027-03-31T12:00:00Z") from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat()


def _act(number: int, body: dict[str, Any], url: str, user: str, token_file: Path | None, *, json: bool) -> None:
    _post(f"{OURS}/findings/{number}/acts", body, url, user, token_file, json=json)


def _post(path: str, body: dict[str, Any], url: str, user: str, token_file: Path | None, *, json: bool) -> None:
    with server_for(url, user, token_file) as server:
        told = server.post(path, body)
    if json:
        print_json(told)
    else:
        then = f"; next: {told['next_step']}" if told["next_step"] else ""
        print(f"recorded; finding {told['id']} of {told['model_id']} is {told['state'].replace('_', ' ')}{then}")
