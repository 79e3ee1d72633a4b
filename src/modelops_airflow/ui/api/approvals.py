"""Approvals: what waits, for whom, on which evidence; and the decisions of people.

A decision echoes the subject digest that the page showed. If anything it covers has changed since,
the digests differ and the answer is 409: nobody signs what they did not see.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from ...governance.keys import active_keys
from ...governance.offer import statement_to_sign
from ...governance.signing import Signature
from ...governance.vote import vote
from ...governance.vote import withdraw as withdraw_vote
from ...inventory.register import Register
from ...inventory.tables import DecisionRow, GateRow, ModelRow, RunRow
from ...signing.passkey import request_options
from ...signing.proof import message_of
from ...signing.statement import payload_of
from ..approval_keys import ApprovalKeyDep
from ..failures import ApiError, not_found
from ..guard import Body, Visible, body_of, site_of
from ..names import RowId
from ..paging import After, Limit, page_of
from ..reads.gate_page import gate_page
from ..reads.gates import Asker, by_urgency, gate_rows, waiting_gates
from ..viewer import RegisterDep, Viewer, ViewerDep
from .keys import Entry

router = APIRouter()


class Decision(Body):
    """What a person decides, over what they saw."""

    decision: Literal["approve", "reject"]
    subject: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    comment: Annotated[Visible, Field(max_length=4000)] = ""
    conditions: Annotated[tuple[Annotated[Visible, Field(max_length=500)], ...], Field(max_length=20)] = ()
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None


class Signed(Decision):
    """A decision, with the signature of the person's own key if they made one."""

    signature: Entry | None = None


class Withdrawal(Body):
    """Why a decision is taken back."""

    comment: Annotated[Visible, Field(max_length=4000)] = ""


@router.get("/approvals")
def approvals(
    viewer: ViewerDep, register: RegisterDep, mine: bool = False, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """Waiting gates: those the caller may decide first, then by due date."""
    with register.read() as session:
        gates = waiting_gates(session, viewer.visible(session))
        waiting = by_urgency(gate_rows(session, gates, Asker.of(viewer, session)))
        found = [gate for gate in waiting if gate["may_decide"] or not mine]
        page, following = page_of(found, lambda gate: gate["key"], after, limit)
        return {"items": page, "next": following, "mine": sum(gate["may_decide"] for gate in waiting),
                "total": len(waiting)}


@router.get("/approvals/{gate_id}")
def approval(gate_id: RowId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """One gate with its evidence."""
    with register.read() as session:
        gate, run, model = _visible_gate(session, viewer, gate_id)
        return gate_page(session, gate, run, model, Asker.of(viewer, session))


@router.post("/approvals/{gate_id}/statement")
def statement(
    gate_id: RowId, request: Request, viewer: ViewerDep, register: RegisterDep, body: Annotated[Decision, Depends(body_of(Decision))]
) -> dict[str, Any]:
    """What the caller signs if they decide so; records nothing. For a page also the options of their passkeys."""
    with register.read() as session:
        _visible_gate(session, viewer, gate_id)
        said = statement_to_sign(session, gate_id, viewer.actor, body.decision, body.comment, body.subject,
                                 conditions=body.conditions, until=body.until)
        keys = active_keys(session, said["predicate"]["person"])
    payload, site = payload_of(said), site_of(request)
    credentials = [key.credential for key in keys if key.credential]
    options = request_options(site, message_of(payload), credentials) if site and credentials else None
    return {"statement": said, "payload": base64.b64encode(payload).decode(), "passkey": options, "keys": [
        {"fingerprint": key.fingerprint, "kind": key.kind, "label": key.label, "credential": key.credential and _url(key.credential)}
        for key in keys]}


@router.post("/approvals/{gate_id}/decisions", status_code=201)
def decide(
    gate_id: RowId, request: Request, viewer: ViewerDep, register: RegisterDep, key: ApprovalKeyDep,
    body: Annotated[Signed, Depends(body_of(Signed))],
) -> dict[str, Any]:
    """Record the caller's decision."""
    with register.read() as session:
        _visible_gate(session, viewer, gate_id)
    if body.decision == "reject" and not body.comment.strip():
        raise ApiError(422, "comment_required", "a rejection needs a comment", "say what must change")
    vote(register, gate_id, viewer.actor, body.decision, body.comment, body.subject,
         conditions=body.conditions, until=body.until, approval_key=key,
         signature=Signature(body.signature.entry(), site_of(request)) if body.signature else None)
    return _standing(register, viewer, gate_id)


@router.post("/decisions/{decision_id}/withdrawal", status_code=201)
def withdraw(
    decision_id: RowId,
    viewer: ViewerDep,
    register: RegisterDep,
    body: Annotated[Withdrawal, Depends(body_of(Withdrawal))],
) -> dict[str, Any]:
    """Take back one's own decision."""
    with register.read() as session:
        row = session.get(DecisionRow, decision_id)
        if row is None:
            raise not_found(f"decision {decision_id}")
        gate_id = row.gate
        _visible_gate(session, viewer, gate_id)
    withdraw_vote(register, decision_id, viewer.actor, body.comment)
    return _standing(register, viewer, gate_id)


def _visible_gate(session: Session, viewer: Viewer, gate_id: int) -> tuple[GateRow, RunRow, ModelRow]:
    gate = session.get(GateRow, gate_id)
    run = session.get(RunRow, gate.run) if gate else None
    if gate is None or run is None:
        raise not_found(f"approval {gate_id}")
    try:
        return gate, run, viewer.model(session, run.model_id)
    except ApiError:
        raise not_found(f"approval {gate_id}") from None


def _url(credential: bytes) -> str:
    """As browsers name a credential: base64url without padding."""
    return base64.urlsafe_b64encode(credential).rstrip(b"=").decode()


def _standing(register: Register, viewer: Viewer, gate_id: int) -> dict[str, Any]:
    with register.read() as session:
        gate, _, _ = _visible_gate(session, viewer, gate_id)
        return gate_rows(session, [gate], Asker.of(viewer, session))[0]

