"""GET /coverage: which places were looked at, and how lately."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ..reads.coverage import coverage as coverage_of
from ..viewer import EnvironmentDep, RegisterDep, ViewerDep

router = APIRouter()


@router.get("/coverage")
def coverage(viewer: ViewerDep, register: RegisterDep, here: EnvironmentDep) -> dict[str, Any]:
    """How many places were scanned, for everybody; which, for those whom governance gives a role."""
    with register.read() as session:
        found = coverage_of(session, here)
        return found if viewer.roles(viewer.governance(session)) else {**found, "items": []}
