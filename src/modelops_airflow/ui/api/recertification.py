"""Re-certification: how far it is, and what people do to it: pause, resume, retry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from ...governance.pause import pause as pause_all
from ...governance.pause import resume as resume_all
from ...governance.retry import retry as retry_model
from ..failures import ApiError
from ..guard import Body, Visible, body_of
from ..names import ModelId
from ..reads.clock import iso
from ..reads.recertification import progress
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()

Reason = Annotated[Visible, Field(min_length=1, max_length=2000, pattern=r"\S")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]


class Pausing(Body):
    """Why, and until when."""

    reason: Reason
    until: Moment


class Resuming(Body):
    """Why."""

    reason: Reason


class Retrying(Body):
    """Nothing to say: the address names the model."""


@router.get("/recertification")
def recertification(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """Progress over the models that the caller may see."""
    with register.read() as session:
        return progress(session, viewer.visible(session))


@router.post("/recertification/pause", status_code=201)
def pause(viewer: ViewerDep, register: RegisterDep, body: Annotated[Pausing, Depends(body_of(Pausing))]) -> dict[str, Any]:
    """Start nothing further until a time, as a person of the control side."""
    told = pause_all(register, viewer.actor, body.reason, _moment(body.until))
    return {"by": told.by, "until": iso(told.until)}


@router.post("/recertification/resume", status_code=201)
def resume(viewer: ViewerDep, register: RegisterDep, body: Annotated[Resuming, Depends(body_of(Resuming))]) -> dict[str, Any]:
    """End a pause before its time, as a person of the control side."""
    resume_all(register, viewer.actor, body.reason)
    return {"paused": None}


@router.post("/models/{model_id}/recertification", status_code=201)
def retry(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, _body: Annotated[Retrying, Depends(body_of(Retrying))]) -> dict[str, Any]:
    """Put a re-certification that failed back on the queue."""
    with register.read() as session:
        viewer.model(session, model_id)
    return {"model": model_id, "attempt": retry_model(register, model_id, viewer.actor)}


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ApiError(422, "invalid", f"{text} is no time", "write it as 2027-03-31T00:00:00Z") from None
