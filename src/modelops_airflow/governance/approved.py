"""The run by which a version went into use, as register and ledger both have it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import EvidenceError
from ..evidence.manifest import subject_of
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow
from .documents import fetch
from .in_use import in_use
from .on_record import decided_facts
from .strategy import CANARY

WAS_LIVE = (DeploymentState.LIVE.value, DeploymentState.SUPERSEDED.value, DeploymentState.WITHDRAWN.value)
"""States of a deployment that was live once."""


def approved_run(session: Session, run: RunRow) -> RunRow | None:
    """The run by which the version of a run went into use; None where none did, as of a version that was declared.

    Raises:
        EvidenceError: rows are not as the ledger has them, or not what was approved.
    """
    deployed = session.scalars(select(DeploymentRow).where(
        DeploymentRow.version_id == run.version_id, DeploymentRow.run.is_not(None), DeploymentRow.cause != CANARY,
        DeploymentRow.state.in_(WAS_LIVE)).order_by(DeploymentRow.id.desc())).first()
    if deployed is None:
        return None
    if deployed.state == DeploymentState.LIVE:
        in_use(session, run.model_id, deployed.environment)  # the ledger says the same of what is live
    row = session.get_one(RunRow, deployed.run)
    told = decided_facts(session, row)
    if row.manifest is None or told is None or (told["manifest"], told["subject"]) != (row.manifest, row.subject):
        raise EvidenceError(f"run {row.run_id} of {row.dag_id}, which put {run.model_id} into use, is not decided in the ledger as in the register")
    if subject_of(fetch(session, row.plan), artifact=row.artifact, manifest=row.manifest) != deployed.subject:
        raise EvidenceError(f"run {row.run_id} of {row.dag_id} is not what was approved for the version of {run.model_id} in use")
    return row
