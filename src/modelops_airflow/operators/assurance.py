"""The set-up as a task sees it: what a task can read and write decides the assurance level."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..assurance.look import AirflowSettings


def airflow_from_here() -> AirflowSettings:
    """What Airflow's configuration says in this process."""
    from airflow.configuration import conf

    from ..assurance.look import airflow_settings

    names = (("core", "executor"), ("api_auth", "jwt_secret"), ("api_auth", "jwt_private_key_path"), ("api_auth", "trusted_jwks_url"))
    return airflow_settings({name: conf.get(section, name, fallback="") or "" for section, name in names})
