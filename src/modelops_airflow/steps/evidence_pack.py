"""evidence-pack: everything about a run in one zip that can be taken away and checked offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..errors import EvidenceError
from ..evidence.pack import make_pack
from ..governance.documents import fetch
from ..governance.record import known_run, packed
from ..inventory.tables import DecisionRow, DeploymentRow, GateRow, GovernanceRow, ResultRow, VersionRow
from ..ledger import EventRow
from .register_journal import RegisterJournal
from .run import Run, StepResult, StepStatus

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..plan import PlannedStep


def evidence_pack(run: Run, step: PlannedStep) -> StepResult:
    """Make the pack of a run and note it in the register."""
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        raise EvidenceError("a local run has no approvals to pack; its evidence is in .modelops/")
    with journal.register.read() as session:
        facts = _facts(session, journal, run)
    digest = run.store.put(make_pack(facts))
    packed(journal.register, journal.key, digest)
    return StepResult(StepStatus.DONE, products={"pack": digest}, message=f"evidence pack {digest}")


def _facts(session: Session, journal: RegisterJournal, run: Run) -> dict[str, Any]:
    row = known_run(session, journal.key)
    version = session.get_one(VersionRow, row.version_id)
    results = session.scalars(select(ResultRow).where(ResultRow.run == row.id, ResultRow.current).order_by(ResultRow.id)).all()
    governance = session.scalars(select(GovernanceRow).where(GovernanceRow.state == "active")).first()
    events = session.scalars(select(EventRow).where(EventRow.model_id == row.model_id).order_by(EventRow.index)).all()
    return {
        "model": {"id": row.model_id, "name": run.plan.model["name"], "purpose": run.plan.model["purpose"],
                  "tier": run.plan.model["tier"], "owner": run.plan.model["owner"], "kind": run.plan.model["kind"],
                  "version": version.version, "artifact": version.artifact, "state": version.state},
        "run": {"dag": row.dag_id, "id": row.run_id, "subject": row.subject, "manifest": row.manifest,
                "verdict": row.verdict, "warned": row.warned},
        "plan": fetch(session, row.plan),
        "governance": fetch(session, governance.digest) if governance else None,
        "manifest": json.loads(run.store.get(row.manifest)) if row.manifest else None,
        "statements": {one.step: json.loads(run.store.get(one.evidence)) for one in results if one.evidence},
        "results": [{"step": one.step, "verdict": one.verdict, "warned": one.warned, "judgements": one.judgements}
                    for one in results if one.verdict],
        "approvals": [_decision(one) for one in session.scalars(
            select(DecisionRow).join(GateRow, GateRow.id == DecisionRow.gate).where(DecisionRow.subject == row.subject)
            .order_by(DecisionRow.id))],
        "deployments": [{"environment": one.environment, "state": one.state, "epoch": one.epoch, "artifact": one.artifact,
                         "observed": one.observed, "target": one.target, "strength": one.strength}
                        for one in session.scalars(select(DeploymentRow).where(DeploymentRow.run == row.id))],
        "events": [{"index": one.index, "leaf": one.leaf, "root": one.root, "body": one.body.decode()} for one in events],
    }


def _decision(one: DecisionRow) -> dict[str, Any]:
    return {"step": one.step, "person": one.person, "role": one.role, "decision": one.decision, "meaning": one.meaning,
            "subject": one.subject, "auth": one.auth, "at": one.at.isoformat(), "comment": one.comment,
            "expires_at": one.expires_at.isoformat() if one.expires_at else None,
            "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None}
