"""What is in use: the ledger says it, and the register's rows must say the same.

Neither a target's pointer nor a row alone is believed: both can be written by somebody who may not deploy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import Digest, parse_digest
from ..errors import EvidenceError
from ..evidence.manifest import subject_of
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow, VersionRow
from .documents import fetch
from .on_record import last_live
from .versions import live


@dataclass(frozen=True)
class InUse:
    """The version that a slot has, or had last.

    Attributes:
        subject: digest of what was approved for it.
        options: of its kind, as the plan that was approved has them.
        live: False where it was taken out of service since.
    """

    version: str
    artifact: Digest
    artifact_name: str
    kind: str
    subject: str
    live: bool
    options: Mapping[str, Any] = field(default_factory=dict)


def in_use(session: Session, model_id: str, environment: str) -> InUse | None:
    """The version in use in an environment; where it was taken out of service, the last one that was; None if there never was one.

    Raises:
        EvidenceError: the register's rows are not as the ledger has them.
    """
    told, row = last_live(session, model_id, environment), live(session, model_id, environment)
    if told is None:
        if row is None:
            return None
        raise EvidenceError(f"the register has a version of {model_id} live in {environment}, and the ledger has none")
    deployed = session.get(DeploymentRow, told["deployment"])
    version = session.scalars(select(VersionRow).where(VersionRow.model_id == model_id, VersionRow.version == told["version"])).first()
    if deployed is None or version is None or (row is not None and row.id != deployed.id):
        raise EvidenceError(f"the ledger has version {told['version']} of {model_id} as the last one in use in {environment}, and the register has not")
    if {deployed.artifact, version.artifact} != {told["artifact"]} or deployed.version_id != version.id:
        raise EvidenceError(f"version {version.version} of {model_id} in use in {environment} has another artifact in the register than in the ledger")
    return InUse(version.version, parse_digest(told["artifact"]), version.artifact_name, version.kind, deployed.subject,
                 deployed.state == DeploymentState.LIVE, _options(session, deployed))


def _options(session: Session, deployed: DeploymentRow) -> Mapping[str, Any]:
    """What the approved plan gives the model's kind.

    Raises:
        EvidenceError: the plan on record is not the one that was approved.
    """
    run = session.get(RunRow, deployed.run)
    if run is None or run.manifest is None:
        raise EvidenceError(f"the register has no decided run of the version of {deployed.model_id} in use in {deployed.environment}")
    plan = fetch(session, run.plan)
    if subject_of(plan, artifact=run.artifact, manifest=run.manifest) != deployed.subject:
        raise EvidenceError(f"the plan of the version of {deployed.model_id} in use in {deployed.environment} is not the one that was approved")
    return dict(plan["model"].get("with") or {})
