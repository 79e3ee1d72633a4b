"""GET /policies, /policies/{id} and /policies/{id}/history: which models meet which packs, on any day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from ...errors import DataError
from ...history.moment import moment_of
from ...history.told import instant
from ..failures import ApiError
from ..names import ModelId
from ..paging import After, Limit, page_of
from ..reads.clock import now
from ..reads.policies import chosen, heat_map, one_model
from ..reads.policies import history as history_of
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()
On = Annotated[str, Query(max_length=40)]


@router.get("/policies")
def policies(
    viewer: ViewerDep,
    register: RegisterDep,
    request: Request,
    on: On = "",
    q: Annotated[str, Query(max_length=200)] = "",
    after: After = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The models the caller may see, one page: how each stood with its packs at a moment."""
    at = _moment(on)
    with register.read() as session:
        visible = viewer.visible(session)
        found = chosen(session, visible, q)
        page, following = page_of(found, lambda row: row.id, after, limit)
        return {"at": instant(at), "items": heat_map(session, request.app.state.store, page, at), "next": following, "found": len(found), "total": len(visible)}


@router.get("/policies/{model_id}")
def policies_of_model(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, request: Request, on: On = "") -> dict[str, Any]:
    """One model: every control with why, evidence and the next step."""
    at = _moment(on)
    with register.read() as session:
        return one_model(session, request.app.state.store, viewer.model(session, model_id), at)


@router.get("/policies/{model_id}/history")
def history(model_id: ModelId, viewer: ViewerDep, register: RegisterDep, request: Request, on: On = "") -> dict[str, Any]:
    """Each control of a model: from when to when it had which status, up to a moment."""
    at = _moment(on)
    with register.read() as session:
        return {"at": instant(at), "controls": history_of(session, request.app.state.store, viewer.model(session, model_id), at)}


def _moment(on: str) -> datetime:
    try:
        return moment_of(on, now())
    except DataError as error:
        raise ApiError(422, "bad_input", str(error), "choose a day such as 2027-12-02") from None
