"""GET /summary: the numbers of the card on Airflow's home page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ...governance.assured import assurance_on_record
from ..reads.fleet import counts, entries
from ..reads.gates import Asker, gate_rows, waiting_gates
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()


@router.get("/summary")
def summary(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """What is in use, and what needs whom."""
    with register.read() as session:
        visible = viewer.visible(session)
        gates = gate_rows(session, waiting_gates(session, visible), Asker.of(viewer, session))
        numbers = counts(entries(session, visible))
        noted = assurance_on_record(session) or {}
        assurance = {key: value for key, value in noted.items() if key != "setup"}
        return {"assurance": assurance or None, "waiting_for_me": sum(gate["may_decide"] for gate in gates), **numbers}
