"""Keys: mine, those that wait for a second person, and the three steps of a key's life.

A passkey is made by the browser over options of this server; an Ed25519 key comes from the command
line with a signature that proves it is held. Neither counts before somebody else has confirmed it.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from sqlalchemy import select

from ...approvals.identity import holders
from ...governance.keys import active_keys, confirm, enrolment, propose_key, propose_passkey, revoke
from ...inventory.register import Register
from ...inventory.tables import KeyRow
from ...signing.passkey import Site, creation_options
from ...signing.proof import message_of
from ..approval_keys import ApprovalKeyDep
from ..failures import ApiError
from ..guard import Body, Visible, body_of, site_of
from ..names import DigestInPath
from ..reads.clock import iso
from ..viewer import RegisterDep, ViewerDep

router = APIRouter(prefix="/keys")

Label = Annotated[Visible, Field(max_length=200)]
Base64 = Annotated[str, Field(max_length=20_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Entry(Body):
    """A signature in an envelope; a passkey's comes with what its device signed."""

    keyid: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    sig: Base64
    authenticator_data: Annotated[Base64 | None, Field(alias="authenticatorData")] = None
    client_data: Annotated[Base64 | None, Field(alias="clientDataJSON")] = None

    def entry(self) -> dict[str, Any]:
        """As it stands in an envelope."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Key(Body):
    """One's own public key, 32 bytes, and its signature over the enrolment."""

    public: Base64
    signature: Entry
    label: Label = ""


class Passkey(Body):
    """What `navigator.credentials.create` answered."""

    response: dict[str, Any]
    label: Label = ""


class Nothing(Body):
    """Nothing to say."""


@router.get("")
def keys(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The caller's keys; for the control side also everybody's that are in use or wait."""
    with register.read() as session:
        governance = viewer.governance(session)
        person = viewer.person(governance)
        control = governance is not None and person in holders(governance, "control")
        rows = session.scalars(select(KeyRow).order_by(KeyRow.proposed_at, KeyRow.fingerprint)).all()
        return {
            "person": person, "may_confirm": control,
            "mine": [_told(row) for row in rows if row.person == person],
            "others": [_told(row) for row in rows if row.person != person and row.state != "revoked"] if control else [],
        }


@router.post("/enrolment")
def enrol(
    request: Request, viewer: ViewerDep, register: RegisterDep, _: Annotated[Nothing, Depends(body_of(Nothing))]
) -> dict[str, Any]:
    """What the caller's next key signs; for a page also the options of a new passkey."""
    site = site_of(request)
    with register.read() as session:
        person, payload = enrolment(session, viewer.actor)
        known = [row.credential for row in active_keys(session, person) if row.credential]
    options = creation_options(site, person, message_of(payload), known) if site else None
    return {"person": person, "payload": base64.b64encode(payload).decode(), "passkey": options}


@router.post("", status_code=201)
def propose(viewer: ViewerDep, register: RegisterDep, body: Annotated[Key, Depends(body_of(Key))]) -> dict[str, Any]:
    """Propose an Ed25519 key as one's own."""
    try:
        public = base64.b64decode(body.public, validate=True)
    except ValueError:
        raise ApiError(422, "bad_input", "public: not base64", "send the 32 bytes of the key in base64") from None
    return _one(register, propose_key(register, viewer.actor, public, body.signature.entry(), body.label.strip()))


@router.post("/passkeys", status_code=201)
def propose_pass(
    request: Request, viewer: ViewerDep, register: RegisterDep, body: Annotated[Passkey, Depends(body_of(Passkey))]
) -> dict[str, Any]:
    """Propose a passkey as one's own."""
    named = propose_passkey(register, viewer.actor, body.response, _page(request), body.label.strip())
    return _one(register, named)


@router.post("/{fingerprint}/confirmation", status_code=201)
def confirmation(
    fingerprint: DigestInPath, viewer: ViewerDep, register: RegisterDep, key: ApprovalKeyDep,
    _: Annotated[Nothing, Depends(body_of(Nothing))],
) -> dict[str, Any]:
    """Confirm somebody else's key."""
    confirm(register, fingerprint, viewer.actor, key)
    return _one(register, fingerprint)


@router.post("/{fingerprint}/revocation", status_code=201)
def revocation(
    fingerprint: DigestInPath, viewer: ViewerDep, register: RegisterDep, _: Annotated[Nothing, Depends(body_of(Nothing))]
) -> dict[str, Any]:
    """Revoke a key."""
    revoke(register, fingerprint, viewer.actor)
    return _one(register, fingerprint)


def _page(request: Request) -> Site:
    site = site_of(request)
    if site is None:
        raise ApiError(422, "bad_input", "a passkey is made by a page of this server", "open the page Approvals in Airflow")
    return site


def _one(register: Register, fingerprint: str) -> dict[str, Any]:
    with register.read() as session:
        return _told(session.get_one(KeyRow, fingerprint))


def _told(row: KeyRow) -> dict[str, Any]:
    return {"fingerprint": row.fingerprint, "person": row.person, "kind": row.kind, "label": row.label, "state": row.state,
            "proposed_at": iso(row.proposed_at), "activated_by": row.activated_by, "activated_at": iso(row.activated_at),
            "revoked_at": iso(row.revoked_at)}
