"""Starting DAGs as a user, by the same call and the same permission as Airflow's own REST API."""

from __future__ import annotations

import logging

from airflow._shared.timezones import timezone
from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import (
    DagAccessEntity,
    DagDetails,
)
from airflow.exceptions import DagNotFound
from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType

from .failures import ApiError

log = logging.getLogger(__name__)

SYNC = "modelops.sync"


def require_trigger(user: BaseUser, dag_id: str) -> None:
    """Refuse who may not trigger this DAG in Airflow.

    Raises:
        ApiError: 403.
    """
    reason = why_no_trigger(user, dag_id)
    if reason:
        raise ApiError(403, "forbidden", reason,
                       "ask your Airflow administrator for the right to trigger it")


def why_no_trigger(user: BaseUser, dag_id: str) -> str:
    """Why a user may not trigger this DAG in Airflow; empty if they may."""
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    allowed = get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user
    )
    return "" if allowed else f"you may not trigger the DAG {dag_id}"


def new_run_id() -> str:
    """An id of a manual run, known before it starts so that the request can be recorded first."""
    return f"manual__{timezone.utcnow().isoformat()}"


def start(user: BaseUser, dag_id: str, run_id: str) -> None:
    """Trigger a DAG in the user's name.

    Raises:
        ApiError: 409 if Airflow has no such DAG now, or does not let it run.
    """
    _require_startable(dag_id)
    try:
        trigger_dag(
            dag_id, run_id=run_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=user.get_name()
        )
    except (DagNotFound, ValueError) as error:
        raise ApiError(409, "not_startable", f"{dag_id} cannot be started: {error}",
                       "look at the model's file and Airflow's import errors") from error


def _require_startable(dag_id: str) -> None:
    with create_session() as session:
        dag = session.get(DagModel, dag_id)
        if dag is None or dag.is_stale or dag.has_import_errors:
            raise ApiError(409, "not_startable", f"Airflow does not have the DAG {dag_id} now",
                           "look at the model's file and Airflow's import errors; new files take up to a minute")


def nudge_sync() -> None:
    """Let targets follow the register now instead of within a minute; the register already has the truth."""
    try:
        trigger_dag(SYNC, triggered_by=DagRunTriggeredByType.UI)
    except Exception:  # a missing or paused system DAG must not undo what is on record
        log.warning("%s could not be triggered; targets follow at its next run", SYNC, exc_info=True)
