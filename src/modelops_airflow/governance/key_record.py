"""What the ledger says of people's keys: a row slipped into the database is not an enrolled key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import digest_bytes
from ..errors import SigningError
from ..inventory.tables import KeyRow
from ..ledger import EventRow
from ..signing.dsse import signed_payload
from ..signing.ed25519 import fingerprint
from ..signing.proof import proven
from ..signing.statement import activation_statement, payload_of

PROPOSED, ACTIVATED, REVOKED = "key-proposed", "key-activated", "key-revoked"


@dataclass(frozen=True)
class KeyOnRecord:
    """A key as the ledger's events tell it.

    Attributes:
        activated, revoked: index of the event; None while there is none.
        by: who confirmed it.
        envelope: the server's signature over the activation, where it has a key.
    """

    fingerprint: str
    person: str
    kind: str
    activated: int | None = None
    revoked: int | None = None
    by: str = ""
    envelope: Mapping[str, Any] | None = None


def keys_on_record(session: Session) -> dict[str, KeyOnRecord]:
    """Every key that the ledger knows, by fingerprint; the first event of a kind counts."""
    found: dict[str, KeyOnRecord] = {}
    for index, kind, body in session.execute(
            select(EventRow.index, EventRow.kind, EventRow.body)
            .where(EventRow.kind.in_((PROPOSED, ACTIVATED, REVOKED)), EventRow.outcome == "done").order_by(EventRow.index)):
        facts = json.loads(body)["facts"]
        named, key = facts["fingerprint"], found.get(facts["fingerprint"])
        if kind == PROPOSED and key is None:
            found[named] = KeyOnRecord(named, facts["person"], facts["kind"])
        elif kind == ACTIVATED and key is not None and key.activated is None and key.revoked is None:
            found[named] = replace(key, activated=index, by=facts["by"], envelope=facts["envelope"])
        elif kind == REVOKED and key is not None and key.revoked is None:
            found[named] = replace(key, revoked=index)
    return found


def key_doubt(row: KeyRow | None, told: KeyOnRecord | None, person: str, at: int | None, approval_public: bytes | None) -> str:
    """Why a key does not speak for a person; empty if it does.

    Args:
        at: ledger index of what it signed; None for now.
        approval_public: where it is pinned, the activation must carry its signature.
    """
    if row is None or told is None:
        return "the key is not enrolled"
    if digest_bytes(row.public) != told.fingerprint or (row.person, row.kind) != (told.person, told.kind):
        return "the key is not as the ledger has it"
    if told.person != person:
        return f"the key is {told.person}'s"
    if told.activated is None or (at is not None and told.activated > at):
        return "nobody had confirmed the key"
    if told.by in ("", told.person):
        return "the key was confirmed by its own holder"
    if told.revoked is not None and (at is None or told.revoked < at):
        return "the key was revoked"
    if row.state == "pending" or (row.state == "revoked") != (told.revoked is not None):
        return "the key is not as the ledger has it"
    return "" if approval_public is None or _attested(told, approval_public) else (
        "the key's confirmation is not signed by the approval key")


def _attested(told: KeyOnRecord, approval_public: bytes) -> bool:
    wanted = activation_statement(told.fingerprint, person=told.person, kind=told.kind, by=told.by)
    try:
        return told.envelope is not None and signed_payload(told.envelope) == payload_of(wanted) and proven(
            told.envelope, fingerprint(approval_public), "ed25519", approval_public)
    except SigningError:
        return False
