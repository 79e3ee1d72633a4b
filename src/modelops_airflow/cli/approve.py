"""modelops approve, reject: a person's decision at a gate, under their own credentials.

The decision goes over exactly what was shown: the subject digest is read, printed, and sent back. If
anything it covers changes in between, the server refuses. With --key the decision is signed here, after
the statement to sign was compared with what was shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError
from .options import LOCAL_URL, Json, TokenFile, Url, User
from .output import print_json, print_table
from .server import OURS, Server, server_for
from .signature import signature_of

What = Annotated[str, typer.Argument(help="Number of the gate, or the model's id if it waits at one gate.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]
Key = Annotated[Path | None, typer.Option("--key", help="File of your enrolled private key; signs the decision.")]
Subject = Annotated[str, typer.Option("--subject", help="Digest that you looked at; anything else is refused.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(approve)
    app.command()(reject)


def approve(
    gate: What,
    comment: Annotated[str, typer.Option("--comment", help="Goes on record.")] = "",
    condition: Annotated[list[str] | None, typer.Option("--condition", help="What must be done meanwhile; repeat for more.")] = None,
    until: Annotated[str, typer.Option("--until", help="When the approval ends, as 2027-03-31T00:00:00Z, if earlier than the gate says.")] = "",
    subject: Subject = "",
    key: Key = None,
    yes: Yes = False,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Approve at a gate, over the evidence that is shown; under conditions if you name some."""
    terms = ({"conditions": condition} if condition else {}) | ({"until": until} if until else {})
    with server_for(url, user, token_file) as server:
        _decide(server, gate, "approve", comment, subject, terms, key, yes=yes, json=json)


def reject(
    gate: What,
    comment: Annotated[str, typer.Option("--comment", help="Why; goes on record.")],
    subject: Subject = "",
    key: Key = None,
    yes: Yes = False,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Reject at a gate; only you can withdraw it."""
    with server_for(url, user, token_file) as server:
        _decide(server, gate, "reject", comment, subject, {}, key, yes=yes, json=json)


def waiting(server: Server) -> list[dict[str, Any]]:
    """Every gate that waits and that the caller may see."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = server.get(f"{OURS}/approvals", limit=200, **({"after": after} if after else {}))
        found += page["items"]
        after = page["next"]
        if not after:
            return found


def decide(server: Server, gate: dict[str, Any], decision: str, comment: str, terms: dict[str, Any]) -> dict[str, Any]:
    """Send a decision over the subject of the gate as it was read."""
    body = {"decision": decision, "comment": comment, "subject": gate["subject"], **terms}
    return dict(server.post(f"{OURS}/approvals/{gate['id']}/decisions", body))


def _decide(
    server: Server, what: str, decision: str, comment: str, subject: str, terms: dict[str, Any], key: Path | None, *,
    yes: bool, json: bool,
) -> None:
    gate = _gate(server, what)
    if subject:
        gate = gate | {"subject": subject}
    if not json:
        _show(gate)
    if not yes and not _confirmed(decision, gate["subject"]):
        raise typer.Exit(1)
    if key is not None:
        terms = terms | {"signature": signature_of(server, gate, decision, comment, terms, key)}
    told = decide(server, gate, decision, comment, terms)
    if json:
        print_json(told)
    else:
        missing = [f"{one['need'] - one['have']} {one['role']}" for one in told["roles"] if one["have"] < one["need"]]
        print(f"recorded; the gate {told['step']} is {told['state']}" + (f", still needs {', '.join(missing)}" if missing else ""))


def _confirmed(decision: str, subject: str) -> bool:
    try:
        return typer.confirm(f"{decision} this subject?", err=True)
    except typer.Abort:
        raise DataError(f"no answer came, so nothing was sent; where nobody can be asked, look at the subject and give --yes --subject {subject}") from None


def _gate(server: Server, what: str) -> dict[str, Any]:
    if what.isdigit():
        page = server.get(f"{OURS}/approvals/{what}")
        return dict(page.get("gate", page))
    found = [one for one in waiting(server) if one["model_id"] == what]
    mine = [one for one in found if one["may_decide"]] or found
    if not mine:
        raise DataError(f"no gate of {what!r} waits, or you may not see it")
    if len(mine) > 1:
        listed = ", ".join(f"{one['id']} ({one['step']}, {one['version']})" for one in mine)
        raise DataError(f"{what} waits at several gates: {listed}; name one by its number")
    return mine[0]


def _show(gate: dict[str, Any]) -> None:
    print_table(("gate", "model", "version", "step", "verdict", "needs", "due"), [(
        gate["id"], gate["model_id"], gate["version"], gate["step"], gate["verdict"] + (", warned" if gate["warned"] else ""),
        ", ".join(f"{one['have']} of {one['need']} {one['role']}" for one in gate["roles"]), gate["due_at"],
    )])
    print(f"subject {gate['subject']}")
