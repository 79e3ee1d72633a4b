"""Signing a decision: the statement that a person signs, and the record of it that the server signs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVE
from ..errors import SigningError, VoteRefused
from ..inventory.tables import DecisionRow, KeyRow
from ..ledger import EventRow
from ..ledger.append import instant
from ..signing.dsse import sign
from ..signing.passkey import Site, checked
from ..signing.proof import PASSKEY, message_of, proven, with_signature
from ..signing.statement import decision_statement, payload_of, record_statement
from .documents import keep
from .keys import active_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PERSON = "person"
"""The gate option `signature: person`: approvals count only with the signature of the person's own key."""

RECORD = "record"
"""Where in a decision's envelope the server's own envelope is."""


@dataclass(frozen=True)
class Signature:
    """A person's signature as it arrives.

    Attributes:
        entry: one of a DSSE envelope's: keyid, sig; for a passkey also authenticatorData and clientDataJSON.
        site: the page it was made on; None where it came from the command line.
    """

    entry: Mapping[str, Any]
    site: Site | None = None


@dataclass(frozen=True)
class Told:
    """A decision as the ledger has it: index of its event, and the statement's digest."""

    index: int
    statement: str | None


def told_decisions(session: Session, model_id: str, subject: str, until: int | None = None) -> dict[tuple[str, str], list[Told]]:
    """Every decision that was ever made over a subject, by (step, person), in order; withdrawn ones too; before an index if one is given."""
    found: dict[tuple[str, str], list[Told]] = {}
    for index, body in session.execute(
            select(EventRow.index, EventRow.body)
            .where(EventRow.kind == "decision", EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index)):
        facts = json.loads(body)["facts"]
        if facts["subject"] == subject and (until is None or index < until):
            found.setdefault((facts["step"], facts["person"]), []).append(Told(index, facts.get("statement")))
    return found


def next_nth(session: Session, model_id: str, subject: str, step: str, person: str) -> int:
    """The how-manieth decision of a person there the next one would be."""
    return 1 + len(told_decisions(session, model_id, subject).get((step, person), ()))


def statement_of(row: DecisionRow, until: str | None) -> dict[str, Any]:
    """The statement that a decision's row amounts to."""
    return decision_statement(
        subject=row.subject, step=row.step, meaning=row.meaning, decision=row.decision, person=row.person,
        comment=row.comment, conditions=row.conditions, until=until, nth=row.nth)


def record_of(row: DecisionRow) -> dict[str, Any]:
    """The record that the server makes of a decision's row."""
    ends = instant(row.expires_at) if row.expires_at is not None else None
    return record_statement(str(row.statement), auth=row.auth, role=row.role, at=instant(row.at), expires=ends)


def sign_decision(
    session: Session, row: DecisionRow, model_id: str, until: str | None, *, wanted: str | None, signature: Signature | None,
    approval_key: Ed25519PrivateKey | None,
) -> None:
    """Give a decision its number, its statement and every signature over it, before it is stored.

    Args:
        until: the end that the person asked for, as the ledger writes times.
        wanted: the gate's option `signature`.

    Raises:
        VoteRefused: code `signature`: there is none although the gate wants one, or it does not hold.
    """
    if wanted == PERSON and row.decision == APPROVE and signature is None:
        raise VoteRefused("this gate takes approvals only with your signature: a passkey, or modelops approve --key FILE", "signature")
    row.nth = next_nth(session, model_id, row.subject, row.step, row.person)
    said = statement_of(row, until)
    row.statement = keep(session, said)
    if signature is None and approval_key is None:
        return
    payload = payload_of(said)
    envelope = sign(payload, []) if signature is None else _countersigned(session, row.person, payload, signature)
    if approval_key is not None:
        envelope[RECORD] = sign(payload_of(record_of(row)), [approval_key])
    row.envelope = envelope


def _countersigned(session: Session, person: str, payload: bytes, signature: Signature) -> dict[str, Any]:
    named = signature.entry.get("keyid")
    key = next((one for one in active_keys(session, person) if one.fingerprint == named), None)
    if key is None:
        raise VoteRefused(f"{named} is not an active key of {person}; enrol it and have it confirmed first", "signature")
    try:
        envelope = with_signature(payload, signature.entry)
        if key.kind == PASSKEY:
            _check_page(key, message_of(payload), signature)
        if not proven(envelope, key.fingerprint, key.kind, key.public):
            raise SigningError("the signature is not over this decision; load the page again and sign what is asked now")
    except SigningError as error:
        raise VoteRefused(str(error), "signature") from None
    return envelope


def _check_page(key: KeyRow, message: bytes, signature: Signature) -> None:
    if signature.site is None or key.credential is None:
        raise SigningError("a passkey signs on the approval page only")
    key.counter = checked(key.public, key.credential, message, signature.entry, signature.site, key.counter)


