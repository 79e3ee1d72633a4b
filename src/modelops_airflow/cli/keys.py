"""modelops keys: a person's own signing key: made here, enrolled as oneself, confirmed by somebody else."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import LOCAL_URL, Json, TokenFile, Url, User
from .output import print_json, print_table
from .server import OURS, Server, server_for

keys = typer.Typer(no_args_is_help=True, help="People's keys that sign decisions: make, enrol, confirm, revoke.")
PATH = f"{OURS}/keys"

File = Annotated[Path, typer.Argument(help="File of the private key; it never leaves this machine.")]
Named = Annotated[str, typer.Argument(help="Fingerprint of the key, sha256:...; compare it with its holder.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(keys, name="keys")


@keys.command()
def generate(file: File, json: Json = False) -> None:
    """Make a private key in a file that only you can read; prints its fingerprint."""
    from ..signing.ed25519 import fingerprint, raw_public
    from ..signing.ed25519 import generate as generate_key

    named = fingerprint(raw_public(generate_key(file)))
    if json:
        print_json({"file": str(file), "fingerprint": named})
    else:
        print(f"{file} holds the private key, for you alone\nfingerprint {named}\nnext: modelops keys enrol {file}")


@keys.command()
def enrol(
    file: File,
    label: Annotated[str, typer.Option("--label", help="Where the key is, such as: laptop.")] = "",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Propose the key as your own; it counts once a second person of the control side has confirmed it."""
    with server_for(url, user, token_file) as server:
        told = propose(server, file, label)
    if json:
        print_json(told)
    else:
        print(f"proposed for {told['person']}; now somebody else of the control side compares the fingerprint with you and runs\n"
              f"modelops keys confirm {told['fingerprint']}")


@keys.command("list")
def show(url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Your keys; for the control side also those of others."""
    with server_for(url, user, token_file) as server:
        told = server.get(PATH)
    if json:
        print_json(told)
    else:
        print_table(("person", "kind", "label", "state", "fingerprint"), (
            (one["person"], one["kind"], one["label"], one["state"], one["fingerprint"]) for one in [*told["mine"], *told["others"]]))


@keys.command()
def confirm(fingerprint: Named, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Confirm somebody else's key, after comparing the fingerprint with them in person or by telephone."""
    _act(fingerprint, "confirmation", url, user, token_file, json=json)


@keys.command()
def revoke(fingerprint: Named, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Revoke a key; what it signed before stays valid, nothing after it does."""
    _act(fingerprint, "revocation", url, user, token_file, json=json)


def propose(server: Server, file: Path, label: str) -> dict[str, Any]:
    """Enrol a key as the caller's own, with the proof that they hold it.

    Raises:
        SigningError: the file holds no key, or the server asks to sign something else than an enrolment.
    """
    from ..signing.dsse import sign
    from ..signing.ed25519 import load_private, raw_public
    from ..signing.statement import enrolment_statement, read_payload
    from .signature import require_shown

    key = load_private(file)
    asked = server.post(f"{PATH}/enrolment", {})
    payload = base64.b64decode(asked["payload"])
    nth = read_payload(payload).get("predicate", {}).get("nth")
    require_shown(payload, enrolment_statement(asked["person"], nth))
    body = {"public": base64.b64encode(raw_public(key)).decode(), "signature": sign(payload, [key])["signatures"][0], "label": label}
    return dict(server.post(PATH, body))


def _act(fingerprint: str, what: str, url: str, user: str, token_file: Path | None, *, json: bool) -> None:
    from urllib.parse import quote

    with server_for(url, user, token_file) as server:
        told = server.post(f"{PATH}/{quote(fingerprint, safe=':')}/{what}", {})
    if json:
        print_json(told)
    else:
        print(f"the key {told['fingerprint']} of {told['person']} is {told['state']}")
