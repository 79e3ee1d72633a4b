"""GET /models and /models/{id}: the inventory and one model's page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...governance.legacy import legacy_of
from ...inventory.tables import ModelRow
from ..failures import not_found
from ..names import DagId, ModelId
from ..paging import After, Limit, page_of
from ..reads.acts import refusals
from ..reads.clock import now
from ..reads.findings import why_not_opened
from ..reads.fleet import chosen, counts, entries, rows
from ..reads.gates import Asker
from ..reads.incidents import open_incidents
from ..reads.legacy import why_no_waiver
from ..reads.model_page import model_page
from ..runs import why_no_trigger
from ..viewer import RegisterDep, Viewer, ViewerDep

router = APIRouter()


@router.get("/models")
def models(
    viewer: ViewerDep,
    register: RegisterDep,
    q: Annotated[str, Query(max_length=200)] = "",
    tier: Annotated[int | None, Query(ge=1, le=3)] = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    overdue: bool = False,
    after: After = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The models the caller may see, filtered, one page; `counts` are over all of them."""
    with register.read() as session:
        fleet = entries(session, viewer.visible(session))
        found = chosen(fleet, q=q, tier=tier, state=state, overdue=overdue)
        page, following = page_of(found, lambda entry: entry.model.id, after, limit)
        return {"items": rows(session, page), "next": following, "found": len(found), "counts": counts(fleet)}


@router.get("/models/{model_id}")
def model(model_id: ModelId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """One model."""
    with register.read() as session:
        return _page(session, viewer.model(session, model_id), viewer)


@router.get("/dags/{dag_id}")
def model_of_dag(dag_id: DagId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The model that a DAG was made for."""
    with register.read() as session:
        rows = session.execute(select(ModelRow.id, ModelRow.dags))
        owner = next((model for model, dags in rows if any(dag["dag_id"] == dag_id for dag in dags)), None)
        if owner is None:
            raise not_found(f"model of the DAG {dag_id!r}")
        return _page(session, viewer.model(session, owner), viewer)


def _page(session: Session, row: ModelRow, viewer: Viewer) -> dict[str, Any]:
    """The page, and why this viewer may not press which of its buttons."""
    asker = Asker.of(viewer, session)
    release = next((dag["dag_id"] for dag in row.dags if dag["lifecycle"] == "release"), None)
    starting = why_no_trigger(viewer.user, release) if release else "the model has no release life cycle"
    waiver = why_no_waiver(session, legacy_of(session, row.id), asker, now())
    refused = refusals(row, asker)
    incidents, finding = open_incidents(session, row.id, viewer.visible(session), asker), why_not_opened(session, row, asker)
    return model_page(session, row, asker) | {"incidents": incidents, "why_not": {"release": starting, "waiver": waiver, "revoke": refused["suspend"], "finding": finding} | refused}
