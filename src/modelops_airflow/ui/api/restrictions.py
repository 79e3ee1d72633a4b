"""POST on a model: restrict a version in use, and say that what was asked of a restricted one is done."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import select

from ...governance.restrict import conditions_met
from ...governance.restrict import restrict as restrict_version
from ...inventory.tables import VersionRow
from ..failures import ApiError
from ..guard import Body, Visible, body_of
from ..names import ModelId
from ..runs import nudge_sync
from ..viewer import RegisterDep, ViewerDep

router = APIRouter(prefix="/models/{model_id}/restriction")

Words = Annotated[Visible, Field(min_length=1, max_length=4000, pattern=r"\S")]
Version = Annotated[Visible, Field(min_length=1, max_length=64)]


class Restricting(Body):
    """Which version, what it may still be used for, and until which day."""

    version: Version
    terms: Words
    until: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Met(Body):
    """Which version, what was done, and of several restrictions which one is meant: the strictest if none is named."""

    version: Version
    reason: Words
    restriction: Annotated[int | None, Field(ge=0)] = None


@router.post("", status_code=201)
def restrict(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Restricting, Depends(body_of(Restricting))]) -> dict[str, Any]:
    """Restrict a version that is in use, as the control side; one person is enough."""
    _check_visible(model_id, viewer, register)
    try:
        until = date.fromisoformat(body.until)
    except ValueError:
        raise ApiError(422, "expiry", f"{body.until!r} is no day", "name one such as 2027-03-31") from None
    restrict_version(register, model_id, body.version, viewer.actor, body.terms, until)
    nudge_sync()
    return {"model": model_id, "version": body.version, "state": "restricted", "until": body.until}


@router.post("/conditions", status_code=201)
def met(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Met, Depends(body_of(Met))]) -> dict[str, Any]:
    """Say that what was asked is done; the second person in another role lifts that restriction."""
    _check_visible(model_id, viewer, register)
    found = conditions_met(register, model_id, body.version, viewer.actor, body.reason, body.restriction)
    with register.read() as session:
        state = session.scalars(select(VersionRow.state).where(VersionRow.model_id == model_id, VersionRow.version == body.version)).one()
    return {"model": model_id, "version": body.version, "state": state, "restriction": found.number, "lifted": found.lifted, "met_by": sorted(found.met_by or {})}


def _check_visible(model_id: str, viewer: ViewerDep, register: RegisterDep) -> None:
    with register.read() as session:
        viewer.model(session, model_id)
