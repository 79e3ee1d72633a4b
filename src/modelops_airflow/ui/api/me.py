"""GET /me: who the server takes the caller for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ..viewer import RegisterDep, ViewerDep

router = APIRouter()


@router.get("/me")
def me(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """The caller as Airflow and as governance know them."""
    with register.read() as session:
        governance = viewer.governance(session)
        return {
            "manager": viewer.actor.manager, "user_id": viewer.actor.user_id, "user_name": viewer.actor.user_name,
            "person": viewer.person(governance), "roles": viewer.roles(governance),
            "may_see_all": viewer.sees_all(governance),
        }
