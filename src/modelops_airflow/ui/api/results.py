"""GET /models/{id}/runs/{run}/results/{step}: one result with its measurement and distributions."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select

from ...evidence.statement import read_measurement
from ...inventory.tables import ResultRow, RunRow
from ..failures import not_found
from ..names import ModelId, RowId, StepId
from ..reads.histograms import histograms
from ..reads.model_page import result_row
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()

PROFILE = "profiles"


@router.get("/models/{model_id}/runs/{run_id}/results/{step}")
def result(
    model_id: ModelId,
    run_id: RowId,
    step: StepId,
    viewer: ViewerDep,
    register: RegisterDep,
    request: Request,
) -> dict[str, Any]:
    """A result; the evidence is read by digest, and a digest is all that names it."""
    with register.read() as session:
        viewer.model(session, model_id)
        run = session.get(RunRow, run_id)
        rows = session.scalars(select(ResultRow).where(ResultRow.run == run_id, ResultRow.current)).all()
        row = next((one for one in rows if one.step == step), None)
        if run is None or run.model_id != model_id or row is None:
            raise not_found(f"result {step!r} of run {run_id}")
        answer, evidence = result_row(row), row.evidence
        profile = next((one.products[PROFILE] for one in rows if PROFILE in one.products), None)
    store = request.app.state.store
    measurement = read_measurement(store, evidence).to_json() if evidence else None
    shown = histograms(json.loads(store.get(profile))) if profile else []
    return {"result": answer, "measurement": measurement, "histograms": shown}
