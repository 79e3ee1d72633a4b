"""Overlays of a model: GET them; POST to propose one, and to approve, reject, renew or exit it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from ...governance.overlays import APPROVED, EXITED, REJECTED, RENEWED, Proposal, decide_overlay, propose_overlay
from ..failures import ApiError
from ..guard import Body, Visible, body_of
from ..names import FileName, ModelId
from ..reads.overlays import overlay_rows
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()

Words = Annotated[Visible, Field(min_length=1, max_length=4000, pattern=r"\S")]
Person = Annotated[Visible, Field(min_length=1, max_length=100)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_ACTS = {"approve": APPROVED, "reject": REJECTED, "renew": RENEWED, "exit": EXITED}


class Proposed(Body):
    """What is adjusted, why, by how much, how, and when it ends."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
    owner: Person
    approver: Person
    start: Day
    until: Day
    what: Words
    why: Words
    size: Words
    method: Words
    exit: Words


class Act(Body):
    """What is done, why, and of a renewal until which day."""

    act: Literal["approve", "reject", "renew", "exit"]
    reason: Words
    until: Day | None = None


@router.get("/overlays")
def overlays(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The overlays of all models that the caller may see."""
    with register.read() as session:
        return {"items": overlay_rows(session, viewer.visible(session))}


@router.post("/models/{model_id}/overlays", status_code=201)
def propose(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Proposed, Depends(body_of(Proposed))]) -> dict[str, Any]:
    """Propose an overlay, as the model's owner or the control side."""
    _check_visible(model_id, viewer, register)
    words = {"what": body.what, "why": body.why, "size": body.size, "method": body.method, "exit": body.exit}
    one = propose_overlay(register, model_id, viewer.actor, Proposal(body.name, body.owner, body.approver, _day(body.start), _day(body.until), words))
    return {"model": model_id, "name": one.name, "state": one.stored}


@router.post("/models/{model_id}/overlays/{name}/acts", status_code=201)
def act(
    model_id: ModelId, name: FileName, viewer: ViewerDep, register: RegisterDep, body: Annotated[Act, Depends(body_of(Act))]
) -> dict[str, Any]:
    """Approve, reject or renew an overlay as its approver, or exit it as its owner."""
    _check_visible(model_id, viewer, register)
    until = None if body.until is None else _day(body.until)
    one = decide_overlay(register, model_id, name, viewer.actor, _ACTS[body.act], body.reason, until)
    return {"model": model_id, "name": name, "state": one.stored, "until": one.until.isoformat(), "renewals": one.renewals}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(422, "expiry", f"{text!r} is no day", "name one such as 2027-03-31") from None


def _check_visible(model_id: str, viewer: ViewerDep, register: RegisterDep) -> None:
    with register.read() as session:
        viewer.model(session, model_id)
