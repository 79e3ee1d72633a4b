"""Break-glass: one person's emergency release. Loud, with a reason, and it demands the approvals afterwards.

It stands in for missing approvals and for nothing else: artifact, plan, evidence, verdict and authors are
verified as always, and a rejection wins. What is not approved by its due date is taken out of service.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..approvals.identity import holders, is_among
from ..approvals.rules import REJECT
from ..database import database_time
from ..digest import digest_bytes
from ..errors import SigningError
from ..evidence.manifest import gates_of
from ..inventory.tables import BreakGlassRow, DecisionRow, GateRow, GateState, RunRow
from ..ledger import append
from ..ledger.append import instant
from ..signing.dsse import signed_payload
from ..signing.ed25519 import fingerprint
from ..signing.proof import proven
from ..signing.statement import emergency_statement, payload_of
from ..spec.types import Governance
from .documents import fetch
from .on_record import glass_broken
from .versions import close_finding

FINDING = "break-glass"


def glass_in_force(session: Session, run: RunRow, approval_public: bytes | None = None) -> bool:
    """Whether an emergency release of the run's subject is in force, by its row and by the ledger.

    Args:
        approval_public: where it is pinned, the release must carry its signature, as approvals must.
    """
    now = database_time(session)
    row, told = glass_row(session, run.subject), glass_broken(session, run)
    if row is None or told is None or row.due_at <= now:
        return False
    return approval_public is None or _signed(row, told.get("envelope"), approval_public)


def glass_statement(row: BreakGlassRow) -> dict[str, Any]:
    """What the server signs of an emergency release."""
    return emergency_statement(row.subject, by=row.person, due=instant(row.due_at), reason=digest_bytes(row.reason.encode()))


def _signed(row: BreakGlassRow, envelope: Any, approval_public: bytes) -> bool:
    try:
        return isinstance(envelope, dict) and signed_payload(envelope) == payload_of(glass_statement(row)) and proven(
            envelope, fingerprint(approval_public), "ed25519", approval_public)
    except SigningError:
        return False


def glass_row(session: Session, subject: str | None) -> BreakGlassRow | None:
    """The open emergency release of a subject."""
    return session.scalars(select(BreakGlassRow).where(
        BreakGlassRow.subject == subject, BreakGlassRow.closed_at.is_(None))).first()


def may_break(governance: Governance, person: str | None, authors: Sequence[str]) -> bool:
    """Whether a person may release in an emergency: of the control side, in a role that governance names, no author."""
    rules = governance.break_glass
    if person is None or rules is None or person not in holders(governance, "control") or is_among(governance, person, authors):
        return False
    return any(person in holders(governance, role) for role in rules.roles)


def close_if_approved(session: Session, run: RunRow) -> None:
    """With the last of the demanded approvals the emergency is over."""
    row = glass_row(session, run.subject)
    if row is None:
        return
    states = {gate.step: gate.state for gate in session.scalars(
        select(GateRow).where(GateRow.run == run.id, GateRow.subject == run.subject))}
    if all(states.get(step) == GateState.APPROVED for step in gates_of(fetch(session, run.plan))) and _holds(session, row):
        end(session, row, "approved")


def _holds(session: Session, row: BreakGlassRow) -> bool:
    """Whether the approvals hold by rows alone, now: one may have expired since its gate was settled, and the database asks too."""
    lacking = text("SELECT lacking FROM modelops_permission WHERE run = :run")
    return session.execute(lacking, {"run": row.run}).scalar_one() is None


def end(session: Session, row: BreakGlassRow, how: str) -> None:
    """End an emergency release: it was approved, or taken out of service; its finding stays while the model has another."""
    row.closed_at = database_time(session)
    others = select(BreakGlassRow.id).where(
        BreakGlassRow.model_id == row.model_id, BreakGlassRow.id != row.id, BreakGlassRow.closed_at.is_(None))
    if how == "approved" and session.scalars(others).first() is None:
        close_finding(session, row.model_id, FINDING, "the approvals that followed")
    append(session, "break-glass-ended", {"how": how, "run": row.run, "subject": row.subject}, model_id=row.model_id)


def rejected(session: Session, subject: str) -> bool:
    """Whether a rejection over a subject is in force."""
    return session.scalars(select(DecisionRow.id).where(
        DecisionRow.subject == subject, DecisionRow.decision == REJECT, DecisionRow.withdrawn_at.is_(None))).first() is not None
