"""The run by which the version of a review was approved: what a review repeats, or measures itself against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import EvidenceError
from ..evidence.manifest import subject_of
from ..governance.documents import fetch
from ..governance.in_use import in_use
from ..governance.on_record import decided_facts
from ..governance.record import known_run
from ..governance.start import RunKey
from ..governance.strategy import CANARY
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow
from .recorded import OnRecord, of_register
from .register_journal import RegisterJournal

if TYPE_CHECKING:
    from .run import Run

_WAS_LIVE = (DeploymentState.LIVE.value, DeploymentState.SUPERSEDED.value, DeploymentState.WITHDRAWN.value)


def approved(run: Run) -> OnRecord:
    """The approved run of the version that a run looks at, with its evidence as it was frozen for the approval.

    Raises:
        EvidenceError: no release of it was approved here, or its records are not what was approved.
    """
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        raise EvidenceError(f"only the register knows which run of {run.plan.model_id} was approved, and this run is local; compare it with: modelops diff RUN RUN")
    with journal.register.read() as session:
        row = approved_run(session, known_run(session, journal.key))
        if row is None:
            raise EvidenceError(f"no release of the version of {run.plan.model_id} that is in use was approved here, so there is nothing to repeat or compare with; "
                                "release it, or review it without `difference` and with `data: fresh`")
        key, manifest = RunKey(row.dag_id, row.run_id), str(row.manifest)
    found = of_register(journal.register, run.store, key)
    _demand_frozen(found, dict(json.loads(run.store.get(manifest))["evidence"]))
    return found


def approved_run(session: Session, run: RunRow) -> RunRow | None:
    """The run by which the version of a run went into use; None where none did, as of a version that was declared.

    Raises:
        EvidenceError: rows are not as the ledger has them, or not what was approved.
    """
    deployed = session.scalars(select(DeploymentRow).where(
        DeploymentRow.version_id == run.version_id, DeploymentRow.run.is_not(None), DeploymentRow.cause != CANARY,
        DeploymentRow.state.in_(_WAS_LIVE)).order_by(DeploymentRow.id.desc())).first()
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


def _demand_frozen(found: OnRecord, frozen: dict[str, str]) -> None:
    """Results that were exchanged after the approval are no approved evidence."""
    told = {name: step.evidence for name, step in found.told.steps.items() if step.evidence is not None}
    if other := sorted(name for name in {*told, *frozen} if told.get(name) != frozen.get(name)):
        raise EvidenceError(f"{found.told.label}: the register's evidence of {', '.join(other)} is not what was approved")
