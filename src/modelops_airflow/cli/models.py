"""modelops release, rollback, suspend, restrict, lift, retire, break-glass, waive: what a person does to a model, over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import DataError
from .act import act, say
from .options import LOCAL_URL, Json, Reason, TokenFile, Url, User

Model = Annotated[str, typer.Argument(help="Model id.")]
Environment = Annotated[str, typer.Option("--environment", help="Environment of governance.yaml.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    names = {emergency: "break-glass", met: "lift"}
    for command in (release, rollback, suspend, restrict, met, retire, emergency, waive):
        app.command(names.get(command))(command)


def release(model: Model, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Start a model's release DAG, as the page's button does."""
    told = act(model, "release", {}, url, user, token_file)
    say(told, f"started {told['dag_id']}, run {told['run_id']}", json=json)


def rollback(
    model: Model,
    to: Annotated[str, typer.Option("--to", help="Version that was live before and whose approvals still hold.")],
    reason: Reason,
    environment: Environment = "production",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Go back to an earlier version, as the model's owner or the control side; its approvals are verified again."""
    body = {"environment": environment, "version": to, "reason": reason}
    told = act(model, "rollback", body, url, user, token_file)
    say(told, f"{model} goes back to {to} in {environment}", json=json)


def suspend(
    model: Model,
    reason: Reason,
    environment: Environment = "production",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Take a model out of service at once; one person is enough."""
    told = act(model, "suspend", {"environment": environment, "reason": reason}, url, user, token_file)
    say(told, f"{model} is suspended in {environment}", json=json)


def restrict(
    model: Model,
    version: Annotated[str, typer.Option("--version", help="Version that is in use.")],
    terms: Annotated[str, typer.Option("--terms", help="What it may still be used for.")],
    until: Annotated[str, typer.Option("--until", help="Last day, such as 2027-03-31; then it is taken out of service.")],
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Restrict a version in use to terms until a day, as the control side; one person is enough."""
    told = act(model, "restriction", {"version": version, "terms": terms, "until": until}, url, user, token_file)
    say(told, f"{model} {version} is restricted until {until}", json=json)


def met(
    model: Model,
    version: Annotated[str, typer.Option("--version", help="Version that is restricted.")],
    reason: Reason,
    restriction: Annotated[int | None, typer.Option("--restriction", help="Number of the one that is meant, where a version is under several; else the strictest.")] = None,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Say that what was asked of a restricted version is done; two people of the control side in different roles put it into full use."""
    told = act(model, "restriction/conditions", {"version": version, "reason": reason, "restriction": restriction}, url, user, token_file)
    said = f"{model} {version} is in full use" if told["state"] == "in_use" else "that restriction is lifted, and another one stands" if told.get("lifted") else ""
    say(told, said or "recorded; one more person in another role of the control side must say so", json=json)


def retire(
    model: Model,
    reason: Reason,
    version: Annotated[str | None, typer.Option("--version", help="Only this version; all if not given.")] = None,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """End a version, or all of a model, for good."""
    body = {"reason": reason} | ({"version": version} if version else {})
    told = act(model, "retire", body, url, user, token_file)
    say(told, f"{model} {version or '(all versions)'} is retired", json=json)


def emergency(
    model: Model,
    version: Annotated[str, typer.Option("--version", help="Version that waits for its approvals.")],
    subject: Annotated[str, typer.Option("--subject", help="Digest of what the gates ask over: modelops inventory show, or the page.")],
    reason: Reason,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Release a version in an emergency, without its approvals: they are due within days, or it is taken out of service."""
    body = {"version": version, "subject": subject, "reason": reason}
    told = act(model, "break-glass", body, url, user, token_file)
    say(told, f"{model} {version} goes live without approvals; a finding demands them", json=json)


def waive(
    model: Model,
    reason: Reason,
    terms: Annotated[str, typer.Option("--terms", help="Digest of what its file declares: modelops inventory show, or the page.")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="End the waiver that counts; one person with a role may.")] = False,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Accept the waiver that a legacy model's file asks for, as the control side, or revoke it; it approves nothing and ends by itself."""
    if revoke == bool(terms):
        raise DataError("expected --terms with the digest that you saw, or --revoke")
    if revoke:
        say(act(model, "waiver/revocation", {"reason": reason}, url, user, token_file), f"the waiver of {model} counts no more", json=json)
        return
    told = act(model, "waiver", {"terms": terms, "reason": reason}, url, user, token_file)
    say(told, f"{model} stays in use without a release until {told['until']}", json=json)

