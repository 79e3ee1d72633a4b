"""The sub-app that Airflow's API server mounts under `/modelops`.

static/    public files of the pages; no data
api/v1/    JSON; one router with `GUARDS`: every route is authenticated, of the same origin, and limited
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from . import failures, rate
from .api import ROUTERS
from .approval_keys import ApprovalKeys
from .guard import GUARDS, Headers

if TYPE_CHECKING:
    from ..evidence.store import BlobStore
    from ..inventory.register import Register

STATIC = Path(__file__).parent / "static"
API = "/api/v1"


class Api(FastAPI):
    """FastAPI whose every answer, also that of a crash, carries the security headers."""

    def build_middleware_stack(self) -> ASGIApp:
        """The usual stack inside ours."""
        return Headers(super().build_middleware_stack())


def make_app(
    register: Register, store: BlobStore, approval: ApprovalKeys | None = None, *, writes: int = rate.WRITES, environment: str = ""
) -> FastAPI:
    """The app over a register and an evidence store; it publishes no schema and no documentation pages.

    Args:
        approval: the files of the keys that sign and verify approvals; none by default.
        writes: how many requests that may change something one person may make in a minute.
        environment: of the installation; empty where it has none of its own.
    """
    app = Api(title="modelops", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.register, app.state.store, app.state.approval = register, store, approval or ApprovalKeys()
    app.state.writes, app.state.environment = writes, environment
    failures.install(app)
    api = APIRouter(prefix=API, dependencies=GUARDS)
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(api)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def app_from_airflow() -> FastAPI:
    """The app over what Airflow's configuration names."""
    from ..evidence.store import BlobStore
    from ..inventory.register import Register
    from ..operators.settings import settings_from_airflow

    settings = settings_from_airflow()
    keys = ApprovalKeys(settings.approval_key, settings.approval_public_key)
    return make_app(Register(settings.database_url), BlobStore(settings.evidence), keys, environment=settings.environment)
