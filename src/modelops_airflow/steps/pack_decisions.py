"""The decisions of a run as a pack tells them, and where its gates stood when it was deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..approvals.rules import Decision, Gate, evaluate
from ..errors import EvidenceError
from ..evidence.manifest import gates_of
from ..governance.activate import governance_of
from ..governance.documents import fetch
from ..governance.gate import meaning_of
from ..inventory.tables import BreakGlassRow, DecisionRow, DeploymentRow, GovernanceRow, KeyRow, RunRow, VersionRow
from ..ledger.append import instant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def moment_of(session: Session, run: RunRow, now: datetime) -> datetime:
    """When the approvals had to be there: at the first deployment; now, where there is none or it was an emergency."""
    if broken_glass(session, run):
        return now
    times = session.scalars(select(DeploymentRow.at).where(DeploymentRow.run == run.id)).all()
    return min(times, default=now)


def broken_glass(session: Session, run: RunRow) -> list[dict[str, Any]]:
    """The emergency releases of the run's subject."""
    rows = session.scalars(select(BreakGlassRow).where(BreakGlassRow.subject == run.subject).order_by(BreakGlassRow.id))
    return [{"person": one.person, "reason": one.reason, "at": instant(one.at), "due_at": instant(one.due_at),
             "closed_at": instant(one.closed_at) if one.closed_at else None} for one in rows]


def governance_then(session: Session, moment: datetime) -> Mapping[str, Any]:
    """The governance that was in force at a moment.

    Raises:
        EvidenceError: none was.
    """
    row = session.scalars(select(GovernanceRow).where(GovernanceRow.activated_at.is_not(None), GovernanceRow.activated_at <= moment)
                          .order_by(GovernanceRow.activated_at.desc(), GovernanceRow.id.desc())).first()
    if row is None:
        raise EvidenceError("no governance was in force when this run was decided; a pack cannot say who might decide")
    return dict(fetch(session, row.digest))


def decision_rows(session: Session, run: RunRow) -> Sequence[DecisionRow]:
    """Every decision over the run's subject, in order; withdrawn ones too."""
    return session.scalars(select(DecisionRow).where(DecisionRow.subject == run.subject).order_by(DecisionRow.id)).all()


def told(session: Session, row: DecisionRow) -> dict[str, Any]:
    """A decision as it stands in a pack."""
    named = [one["keyid"] for one in (row.envelope or {}).get("signatures", [])]
    kind = session.scalars(select(KeyRow.kind).where(KeyRow.fingerprint.in_(named), KeyRow.person == row.person)).first()
    return {
        "step": row.step, "person": row.person, "role": row.role, "decision": row.decision, "meaning": row.meaning,
        "subject": row.subject, "auth": row.auth, "comment": row.comment, "conditions": row.conditions, "nth": row.nth,
        "at": instant(row.at), "expires_at": instant(row.expires_at) if row.expires_at else None,
        "withdrawn_at": instant(row.withdrawn_at) if row.withdrawn_at else None, "by": kind, "envelope": row.envelope,
    }


def gate_states(
    session: Session, run: RunRow, version: VersionRow, rows: Sequence[DecisionRow], governance: Mapping[str, Any], moment: datetime
) -> dict[str, str]:
    """Where each gate of the plan stood at a moment."""
    plan = fetch(session, run.plan)
    made = [Decision(one.step, one.person, one.role, one.decision, one.expires_at, not _in_force(one, moment)) for one in rows]
    names = [name for name, _ in version.authors]
    return {
        step: evaluate(Gate(step, dict(rules["roles"]), meaning_of(rules), str(plan["model"]["owner"])), made, names,
                       governance_of(governance), moment).state
        for step, rules in gates_of(plan).items()
    }


def _in_force(row: DecisionRow, moment: datetime) -> bool:
    """Whether a decision had been made and not taken back; a pack tells times in whole seconds."""
    return instant(row.at) <= instant(moment) and (row.withdrawn_at is None or instant(row.withdrawn_at) > instant(moment))
