"""People's keys: proposed by their holder, confirmed by a second person of the control side, revoked by either.

A key counts from its confirmation on. What it signed before it was revoked stays valid if the ledger
has the decision before the revocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..approvals.identity import holders, person_of
from ..database import database_time
from ..digest import Digest, digest_bytes
from ..errors import Refused, SigningError
from ..inventory.register import Register
from ..inventory.tables import KeyRow
from ..ledger import append
from ..signing.dsse import sign
from ..signing.passkey import Site, enrolled
from ..signing.proof import PASSKEY, message_of, proven, with_signature
from ..signing.statement import activation_statement, enrolment_statement, payload_of
from .activate import active
from .key_record import ACTIVATED, PROPOSED, REVOKED, key_doubt, keys_on_record
from .transaction import Actor, governed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MOST = 10
"""Keys that a person may have pending or active at a time."""


def enrolment(session: Session, actor: Actor) -> tuple[str, bytes]:
    """The person, and the payload that their next key signs to show that they hold it.

    Raises:
        Refused: governance.yaml names nobody with this login.
    """
    person = _person(session, actor)
    taken = session.scalar(select(func.count()).where(KeyRow.person == person)) or 0
    return person, payload_of(enrolment_statement(person, taken + 1))


def propose_key(register: Register, actor: Actor, public: bytes, signature: Mapping[str, Any], label: str = "") -> Digest:
    """Propose one's own Ed25519 key; answers its fingerprint.

    Args:
        public: the 32 raw bytes.
        signature: by that key over the enrolment.

    Raises:
        Refused: unknown person, too many keys, enrolled already, or the proof does not hold (signature).
    """
    with governed(register, PROPOSED, by=actor.label) as session:
        person, payload = enrolment(session, actor)
        try:
            shown = proven(with_signature(payload, signature), digest_bytes(public), "ed25519", public)
        except SigningError as error:
            raise Refused(str(error), "signature") from None
        if not shown:
            raise Refused("the proof is not signed by this key over this enrolment; ask for it again and sign it", "signature")
        return _propose(session, actor, KeyRow(person=person, kind="ed25519", public=public, label=label))


def propose_passkey(register: Register, actor: Actor, response: Mapping[str, Any], site: Site, label: str = "") -> Digest:
    """Propose a passkey that the caller's device has just made; answers its fingerprint.

    Raises:
        Refused: as for `propose_key`.
    """
    with governed(register, PROPOSED, by=actor.label) as session:
        person, payload = enrolment(session, actor)
        try:
            made = enrolled(response, site, message_of(payload))
        except SigningError as error:
            raise Refused(str(error), "signature") from None
        return _propose(session, actor, KeyRow(
            person=person, kind=PASSKEY, public=made.public, credential=made.credential, counter=made.counter, label=label))


def _propose(session: Session, actor: Actor, row: KeyRow) -> Digest:
    fingerprint = digest_bytes(row.public)
    if session.get(KeyRow, fingerprint) is not None:
        raise Refused("this key is enrolled already, or was revoked; make a new one", "decided")
    held = session.scalar(select(func.count()).where(KeyRow.person == row.person, KeyRow.state != "revoked")) or 0
    if held >= MOST:
        raise Refused(f"{row.person} has {held} keys; revoke one first", "state")
    row.fingerprint, row.state, row.counter, row.proposed_by = fingerprint, "pending", row.counter or 0, actor.label
    session.add(row)
    append(session, PROPOSED, {"by": row.person, "fingerprint": fingerprint, "kind": row.kind, "person": row.person})
    return fingerprint


def confirm(register: Register, fingerprint: str, actor: Actor, approval_key: Ed25519PrivateKey | None = None) -> None:
    """Confirm somebody else's key, after comparing the fingerprint with them.

    Args:
        approval_key: where the server has one, it signs that the key was confirmed.

    Raises:
        Refused: the key is not pending or not as the ledger has it; the actor holds it or is not of the control side.
    """
    with governed(register, ACTIVATED, by=actor.label, fingerprint=fingerprint) as session:
        row, person = _row(session, fingerprint), _person(session, actor)
        if person == row.person:
            raise Refused("nobody confirms their own key; a second person of the control side does", "author")
        if person not in holders(active(session), "control"):
            raise Refused(f"{person} is not of the control side, which confirms keys", "role")
        if row.state != "pending":
            raise Refused(f"the key is {row.state}", "closed")
        told = keys_on_record(session).get(fingerprint)
        doubt = key_doubt(row, told, row.person, None, None)
        if doubt != "nobody had confirmed the key":
            raise Refused(f"{doubt or 'the key is confirmed already'}; its holder proposes a new one", "unrecorded")
        row.state, row.activated_by, row.activated_at = "active", actor.label, database_time(session)
        said = activation_statement(fingerprint, person=row.person, kind=row.kind, by=person)
        append(session, ACTIVATED, {
            "by": person, "envelope": sign(payload_of(said), [approval_key]) if approval_key is not None else None,
            "fingerprint": fingerprint, "kind": row.kind, "person": row.person})


def revoke(register: Register, fingerprint: str, actor: Actor) -> None:
    """Revoke a key: one's own, or anybody's as a person of the control side. Stopping takes one person.

    Raises:
        Refused: it is not the actor's to revoke, or is revoked already.
    """
    with governed(register, REVOKED, by=actor.label, fingerprint=fingerprint) as session:
        row, person = _row(session, fingerprint), _person(session, actor)
        if person != row.person and person not in holders(active(session), "control"):
            raise Refused("a key is revoked by its holder or by the control side", "role")
        if row.state == "revoked":
            raise Refused("the key is revoked already", "closed")
        row.state, row.revoked_at = "revoked", database_time(session)
        append(session, REVOKED, {"by": person, "fingerprint": fingerprint, "person": row.person})


def active_keys(session: Session, person: str) -> list[KeyRow]:
    """The keys by which a person may sign now."""
    told = keys_on_record(session)
    rows = session.scalars(select(KeyRow).where(KeyRow.person == person, KeyRow.state == "active").order_by(KeyRow.proposed_at))
    return [row for row in rows if not key_doubt(row, told.get(row.fingerprint), person, None, None)]


def _row(session: Session, fingerprint: str) -> KeyRow:
    row = session.get(KeyRow, fingerprint, with_for_update=True)
    if row is None:
        raise Refused(f"no key has the fingerprint {fingerprint}", "gone")
    return row


def _person(session: Session, actor: Actor) -> str:
    person = person_of(active(session), actor.manager, actor.user_id)
    if person is None:
        raise Refused("governance.yaml names no person with this login; ask an administrator to add you", "unknown-person")
    return person
