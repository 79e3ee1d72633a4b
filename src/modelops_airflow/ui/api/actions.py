"""POST on a model: start a release; stop or go back.

The register says so at once; the target follows through the system DAG `modelops.sync`, because
the API server holds no credentials of targets.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from ...governance.break_glass import break_glass
from ...governance.rollback import rollback as roll_back_model
from ...governance.start import RunKey, request_run
from ...governance.stop import retire as retire_model
from ...governance.stop import suspend as suspend_model
from ...governance.waiver import accept_waiver, revoke_waiver
from ...targets import strengths
from ..approval_keys import ApprovalKeyDep, ApprovalPublicDep
from ..failures import ApiError
from ..guard import Body, Visible, body_of
from ..names import ModelId
from ..runs import new_run_id, nudge_sync, require_trigger, start
from ..viewer import RegisterDep, ViewerDep

router = APIRouter(prefix="/models/{model_id}")

Reason = Annotated[Visible, Field(min_length=1, max_length=2000, pattern=r"\S")]
Word = Annotated[Visible, Field(min_length=1, max_length=100)]


class Release(Body):
    """Nothing to say: the model file says it all."""


class Rollback(Body):
    """Which version, where, and why."""

    environment: Word
    version: Word
    reason: Reason


class Suspension(Body):
    """Where, and why."""

    environment: Word
    reason: Reason


class Emergency(Body):
    """Which version over which evidence, and why."""

    version: Word
    subject: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    reason: Reason


class Waiver(Body):
    """What is accepted, by the digest of what the page showed, and why."""

    terms: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    reason: Reason


class Revocation(Body):
    """Why."""

    reason: Reason


class Retirement(Body):
    """One version or all, and why."""

    version: Word | None = None
    reason: Reason


@router.post("/release", status_code=201)
def release(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Release, Depends(body_of(Release))]
) -> dict[str, Any]:
    """Start the release DAG as the caller."""
    with register.read() as session:
        dags = viewer.model(session, model_id).dags
    dag_id = next((dag["dag_id"] for dag in dags if dag["lifecycle"] == "release"), None)
    if dag_id is None:
        raise ApiError(409, "no_release", f"model {model_id!r} has no release life cycle", "add one to its file")
    require_trigger(viewer.user, dag_id)
    run_id = new_run_id()
    request_run(register, model_id, RunKey(dag_id, run_id), viewer.actor)
    start(viewer.user, dag_id, run_id)
    return {"dag_id": dag_id, "run_id": run_id}


@router.post("/rollback", status_code=201)
def rollback(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, pinned: ApprovalPublicDep,
    body: Annotated[Rollback, Depends(body_of(Rollback))],
) -> dict[str, Any]:
    """Go back to a version whose approvals still hold."""
    _check_visible(model_id, viewer, register)
    roll_back_model(
        register, model_id, body.environment, body.version, viewer.actor, body.reason, strengths=strengths(),
        approval_public=pinned,
    )
    nudge_sync()
    return {"model": model_id, "environment": body.environment, "version": body.version}


@router.post("/suspend", status_code=201)
def suspend(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Suspension, Depends(body_of(Suspension))]
) -> dict[str, Any]:
    """Take the model out of service; one person is enough."""
    _check_visible(model_id, viewer, register)
    suspend_model(register, model_id, body.environment, viewer.actor, body.reason)
    nudge_sync()
    return {"model": model_id, "environment": body.environment}


@router.post("/break-glass", status_code=201)
def emergency(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, key: ApprovalKeyDep,
    body: Annotated[Emergency, Depends(body_of(Emergency))],
) -> dict[str, Any]:
    """Release a decided version without its approvals, which are demanded afterwards."""
    _check_visible(model_id, viewer, register)
    break_glass(register, model_id, body.version, viewer.actor, body.reason, body.subject, strengths=strengths(),
                approval_key=key)
    nudge_sync()
    return {"model": model_id, "version": body.version, "subject": body.subject}


@router.post("/retire", status_code=201)
def retire(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Retirement, Depends(body_of(Retirement))]
) -> dict[str, Any]:
    """Retire one version, or all."""
    _check_visible(model_id, viewer, register)
    retire_model(register, model_id, viewer.actor, body.reason, body.version)
    nudge_sync()
    return {"model": model_id, "version": body.version}


@router.post("/waiver", status_code=201)
def waiver(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Waiver, Depends(body_of(Waiver))]
) -> dict[str, Any]:
    """Accept that a model that was in use before it came here stays so for a while; it is no approval."""
    _check_visible(model_id, viewer, register)
    until = accept_waiver(register, model_id, viewer.actor, body.terms, body.reason)
    nudge_sync()
    return {"model": model_id, "until": until.isoformat()}


@router.post("/waiver/revocation", status_code=201)
def revocation(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Revocation, Depends(body_of(Revocation))]
) -> dict[str, Any]:
    """End a waiver before its day; one person is enough."""
    _check_visible(model_id, viewer, register)
    revoke_waiver(register, model_id, viewer.actor, body.reason)
    nudge_sync()
    return {"model": model_id}


def _check_visible(model_id: str, viewer: ViewerDep, register: RegisterDep) -> None:
    with register.read() as session:
        viewer.model(session, model_id)
