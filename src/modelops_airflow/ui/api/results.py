"""GET /models/{id}/runs/{run}/results/{step}: one result with its measurement and distributions; below it `picture` and `files/{name}`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select

from ...checks.attachment import ATTACHMENTS
from ...data.profile import Profiles
from ...evidence.statement import read_measurement
from ...governance.documents import fetch
from ...inventory.tables import ResultRow, RunRow
from ...plan import PlannedStep
from ...plots import plot
from ...steps.pictures import limits_of
from ..failures import not_found
from ..names import FileName, ModelId, RowId, StepId
from ..reads.histograms import histograms
from ..reads.model_page import result_row
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()

PROFILE = "profiles"


@dataclass(frozen=True)
class Found:
    """A result, and the digests of what its step produced, of its evidence and of its run's profiles."""

    row: dict[str, Any]
    products: dict[str, str]
    evidence: str | None
    profile: str | None
    plan: dict[str, Any]


def found(model_id: ModelId, run_id: RowId, step: StepId, viewer: ViewerDep, register: RegisterDep) -> Found:
    """The result that a path names, for whom may see its model."""
    with register.read() as session:
        viewer.model(session, model_id)
        run = session.get(RunRow, run_id)
        rows = session.scalars(select(ResultRow).where(ResultRow.run == run_id, ResultRow.current)).all()
        row = next((one for one in rows if one.step == step), None)
        if run is None or run.model_id != model_id or row is None:
            raise not_found(f"result {step!r} of run {run_id}")
        profile = next((one.products[PROFILE] for one in rows if PROFILE in one.products), None)
        return Found(result_row(row), dict(row.products), row.evidence, profile, fetch(session, run.plan))


FoundDep = Annotated[Found, Depends(found)]


@router.get("/models/{model_id}/runs/{run_id}/results/{step}")
def result(found: FoundDep, request: Request) -> dict[str, Any]:
    """A result; the evidence is read by digest, and a digest is all that names it."""
    store = request.app.state.store
    measurement = read_measurement(store, found.evidence).to_json() if found.evidence else None
    shown = histograms(json.loads(store.get(found.profile))) if found.profile else []
    return {"result": found.row, "measurement": measurement, "histograms": shown}


@router.get("/models/{model_id}/runs/{run_id}/results/{step}/picture")
def picture(model_id: ModelId, run_id: RowId, step: StepId, found: FoundDep, request: Request) -> Response:
    """What a check measured, as SVG against the thresholds of the run's plan, to take away."""
    planned = next((one for one in found.plan["steps"] if one["id"] == step and one["phase"] == "check"), None)
    if planned is None or not found.evidence:
        raise not_found(f"picture of {step!r} of run {run_id}")
    store = request.app.state.store
    profiles = Profiles.from_json(json.loads(store.get(found.profile))) if found.profile else None
    limits = limits_of(PlannedStep.from_json(planned).requirements)
    return Response(
        plot(read_measurement(store, found.evidence), profiles, limits), media_type="image/svg+xml",
        # It says what names in the data say: saved, not shown here, and should a browser show it, in a sandbox.
        headers={"Content-Disposition": f'attachment; filename="{model_id}-{run_id}-{step}.svg"',
                 "Content-Security-Policy": "sandbox; default-src 'none'"},
    )


@router.get("/models/{model_id}/runs/{run_id}/results/{step}/files/{name}")
def file(model_id: ModelId, run_id: RowId, step: StepId, name: FileName, found: FoundDep, request: Request) -> Response:
    """A file that a check kept beside its result, only if it is one to take away: a step produces other things too."""
    if ATTACHMENTS.get(name) != found.row["uses"] or name not in found.products:
        raise not_found(f"file {name!r} of {step!r} of run {run_id}")
    return Response(
        # A page of others: bytes to save, never shown at our address, and should a browser show them, in a sandbox without scripts.
        request.app.state.store.get(found.products[name]), media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{model_id}-{run_id}-{step}-{name}"',
                 "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
