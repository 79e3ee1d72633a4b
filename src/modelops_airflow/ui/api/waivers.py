"""Waivers of controls: GET them; POST to ask for one, and to accept, reject or revoke it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from ...governance.waive import Asked, accept, ask_waiver, reject, revoke
from ..failures import ApiError
from ..guard import Body, Visible, body_of
from ..names import ModelId, RowId
from ..reads.gates import Asker
from ..reads.waivers import waiver_rows
from ..runs import nudge_sync
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()

Reason = Annotated[Visible, Field(min_length=1, max_length=4000, pattern=r"\S")]
Name = Annotated[Visible, Field(min_length=1, max_length=100)]


class Request(Body):
    """Which control, why, what is done meanwhile, and until which day."""

    pack: Name
    control: Name
    reason: Reason
    compensating: Annotated[list[Reason], Field(min_length=1, max_length=20)]
    until: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Word(Body):
    """Why."""

    reason: Reason


@router.get("/waivers")
def waivers(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The waivers of all models that the caller may see."""
    with register.read() as session:
        return {"items": waiver_rows(session, viewer.visible(session), Asker.of(viewer, session))}


@router.get("/models/{model_id}/waivers")
def waivers_of(model_id: ModelId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The waivers of one model."""
    with register.read() as session:
        return {"items": waiver_rows(session, [viewer.model(session, model_id).id], Asker.of(viewer, session))}


@router.post("/models/{model_id}/waivers", status_code=201)
def ask(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Request, Depends(body_of(Request))]) -> dict[str, Any]:
    """Ask for a waiver, as who makes the model."""
    _check_visible(model_id, viewer, register)
    try:
        until = date.fromisoformat(body.until)
    except ValueError:
        raise ApiError(422, "expiry", f"{body.until!r} is no day", "name one such as 2027-03-31") from None
    number = ask_waiver(register, model_id, viewer.actor, Asked(body.pack, body.control, body.reason, tuple(body.compensating), until))
    return {"model": model_id, "number": number}


@router.post("/models/{model_id}/waivers/{number}/acceptance", status_code=201)
def acceptance(
    model_id: ModelId, number: RowId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Word, Depends(body_of(Word))]
) -> dict[str, Any]:
    """Accept a waiver, as the control side."""
    _check_visible(model_id, viewer, register)
    one = accept(register, model_id, number, viewer.actor, body.reason)
    return {"model": model_id, "number": number, "state": one.stored, "accepted_by": list(one.accepted_by), "needed": one.needed, "until": one.until.isoformat()}


@router.post("/models/{model_id}/waivers/{number}/rejection", status_code=201)
def rejection(
    model_id: ModelId, number: RowId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Word, Depends(body_of(Word))]
) -> dict[str, Any]:
    """Reject a waiver, as the control side."""
    _check_visible(model_id, viewer, register)
    return {"model": model_id, "number": number, "state": reject(register, model_id, number, viewer.actor, body.reason).stored}


@router.post("/models/{model_id}/waivers/{number}/revocation", status_code=201)
def ending(
    model_id: ModelId, number: RowId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Word, Depends(body_of(Word))]
) -> dict[str, Any]:
    """End a waiver before its day; one person of the control side is enough."""
    _check_visible(model_id, viewer, register)
    one = revoke(register, model_id, number, viewer.actor, body.reason)
    nudge_sync()
    return {"model": model_id, "number": number, "state": one.stored}


def _check_visible(model_id: str, viewer: ViewerDep, register: RegisterDep) -> None:
    with register.read() as session:
        viewer.model(session, model_id)
