"""modelops recertify: how far re-certification after a change is; pause it, resume it, retry what failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from .options import LOCAL_URL, Json, Reason, TokenFile, Url, User
from .output import print_json, print_table
from .server import OURS, server_for

recertify = typer.Typer(no_args_is_help=True, help="Re-certification after a change of rules: how far it is, and pausing it.")
PATH = f"{OURS}/recertification"


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(recertify, name="recertify")


@recertify.command()
def status(url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """How many models are done, by tier; what waits, what failed and why; how many days are left at the budget."""
    with server_for(url, user, token_file) as server:
        told = server.get(PATH)
    if json:
        print_json(told)
    else:
        _show(told)


@recertify.command()
def pause(
    reason: Reason,
    days: Annotated[int, typer.Option("--days", min=1, max=30, help="After how many days it ends by itself.")] = 1,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Start no further run for some days, as a person of the control side. What runs goes on."""
    until = (datetime.now(UTC) + timedelta(days=days) - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")  # 30 days by the database's clock too
    with server_for(url, user, token_file) as server:
        answer = server.post(f"{PATH}/pause", {"reason": reason, "until": until})
    if json:
        print_json(answer)
    else:
        print(f"paused until {answer['until']}")


@recertify.command()
def resume(reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """End a pause before its time, as a person of the control side."""
    with server_for(url, user, token_file) as server:
        answer = server.post(f"{PATH}/resume", {"reason": reason})
    if json:
        print_json(answer)
    else:
        print("resumed")


@recertify.command()
def retry(
    model: Annotated[str, typer.Argument(help="Model id.")], url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False
) -> None:
    """Put a model whose re-certification failed back on the queue, as a new attempt."""
    with server_for(url, user, token_file) as server:
        answer = server.post(f"{OURS}/models/{model}/recertification", {})
    if json:
        print_json(answer)
    else:
        print(f"{model} waits again, attempt {answer['attempt']}")


def line(told: dict[str, Any]) -> str:
    """Progress in one line."""
    parts = [f"{told['done']} of {told['of']} done", f"{told['running']} running", f"{told['waiting']} waiting", f"{told['failed']} failed"]
    parts += [f"{told['doubted']} doubted"] if told.get("doubted") else []
    parts += [f"{told['not_passed']} of those done did not pass"] if told.get("not_passed") else []
    left = f"; {told['days_left']} day{'s' * (told['days_left'] != 1)} left at the budget" if told["waiting"] else ""
    return ", ".join(parts) + left + (f"; paused by {told['paused']['by']} until {told['paused']['until']}" if told["paused"] else "")


def _show(told: dict[str, Any]) -> None:
    print(line(told))
    print_table(("tier", "done", "running", "waiting", "failed", "doubted"), (
        (tier, one["done"], one["running"], one["waiting"], one["failed"], one.get("doubted", 0)) for tier, one in told["tiers"].items()))
    print_table(("model", "tier", "state", "verdict", "expected", "attempt", "why"), (
        (one["model"], one["tier"], one["state"], f"{one['verdict_before']} -> {one['verdict'] or '?'}", one["expected"], one["attempt"],
         one["reason"] or "\n".join(one["changes"][:3])) for one in told["models"] if one["state"] != "not_needed"))
