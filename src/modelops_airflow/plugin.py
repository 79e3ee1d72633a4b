"""What Airflow's plugin manager loads: the JSON API and the pages.

The web stack is imported only when the API server asks for `fastapi_apps`; schedulers and workers
load this module for a list of names. Each page's global in the browser has the entry's `name`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from . import __version__

PREFIX = "/modelops"


def _base_path() -> str:
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")


def _page(name: str, file: str, destination: str, route: str, icon: str = "models", **more: Any) -> dict[str, Any]:
    static = f"{_base_path()}{PREFIX}/static"
    return {
        "name": name, "bundle_url": f"{static}/{file}?v={__version__}", "destination": destination, "url_route": route,
        "icon": f"{static}/icons/{icon}.svg", "icon_dark_mode": f"{static}/icons/{icon}-dark.svg", **more,
    }


class ModelOpsPlugin(AirflowPlugin):
    """ModelOps in Airflow's UI."""

    name = "modelops"

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # made when asked for
        """The JSON API with the pages' files."""
        from .ui.app import app_from_airflow

        return [{"app": app_from_airflow(), "url_prefix": PREFIX, "name": "modelops"}]

    @property
    def react_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # depends on the configured address
        """The pages, each an ES module."""
        return [
            _page("Models", "models.js", "nav", "models", nav_top_level=True),
            _page("Approvals", "approvals.js", "nav", "approvals", "approvals", nav_top_level=True),
            _page("Policies", "policies.js", "nav", "policies", "policies", nav_top_level=True),
            _page("ModelOps", "card.js", "dashboard", "modelops-card"),
            _page("Model", "dag_tab.js", "dag", "model"),
        ]
