"""POST on a model: place and lift legal holds, ask for and approve erasures.

The bytes go with the system DAG `modelops.sync`: the API server says what people decided, and removes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from ...governance.erase import approve as approve_erasure
from ...governance.erase import ask as ask_for_erasure
from ...governance.holds import lift as lift_hold
from ...governance.holds import place as place_hold
from ..guard import Body, Visible, body_of
from ..names import ModelId
from ..viewer import RegisterDep, ViewerDep

router = APIRouter(prefix="/models/{model_id}")

Reason = Annotated[Visible, Field(min_length=1, max_length=2000, pattern=r"\S")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Index = Annotated[int, Path(ge=0, le=2**31 - 1)]


class Holding(Body):
    """On what, the whole model if neither is named, and why."""

    run: Annotated[Visible, Field(min_length=3, max_length=501)] | None = None
    digest: Digest | None = None
    reason: Reason


class Lifting(Body):
    """Why."""

    reason: Reason


class Asking(Body):
    """Which bytes, on which ground, and why."""

    digest: Digest
    ground: Annotated[Visible, Field(min_length=1, max_length=50)]
    reason: Reason


@router.post("/holds", status_code=201)
def hold(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Holding, Depends(body_of(Holding))]) -> dict[str, Any]:
    """Place a legal hold."""
    _check_visible(model_id, viewer, register)
    return {"model": model_id, "hold": place_hold(register, model_id, viewer.actor, body.reason, run=body.run, digest=body.digest)}


@router.post("/holds/{index}/lift", status_code=201)
def lift(model_id: ModelId, index: Index, viewer: ViewerDep, register: RegisterDep,
         body: Annotated[Lifting, Depends(body_of(Lifting))]) -> dict[str, Any]:
    """Lift a hold that somebody else placed."""
    _check_visible(model_id, viewer, register)
    lift_hold(register, model_id, index, viewer.actor, body.reason)
    return {"model": model_id, "hold": index}


@router.post("/erasures", status_code=201)
def ask(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Asking, Depends(body_of(Asking))]) -> dict[str, Any]:
    """Ask that bytes be erased."""
    _check_visible(model_id, viewer, register)
    number = ask_for_erasure(register, model_id, body.digest, viewer.actor, body.ground, body.reason)
    return {"model": model_id, "erasure": number, "digest": body.digest, "ground": body.ground}


@router.post("/erasures/{index}/approval", status_code=201)
def approve(model_id: ModelId, index: Index, viewer: ViewerDep, register: RegisterDep,
            body: Annotated[Lifting, Depends(body_of(Lifting))]) -> dict[str, Any]:
    """Approve an erasure that somebody else asked for."""
    _check_visible(model_id, viewer, register)
    one = approve_erasure(register, model_id, index, viewer.actor, body.reason)
    return {"model": model_id, "erasure": index, "digest": one.digest, "ground": one.ground}


def _check_visible(model_id: str, viewer: ViewerDep, register: RegisterDep) -> None:
    with register.read() as session:
        viewer.model(session, model_id)
