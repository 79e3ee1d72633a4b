"""The emergency release, and its end where the approvals did not follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..approvals.identity import person_of
from ..data.duration import duration
from ..database import database_time
from ..digest import digest_bytes
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import BreakGlassRow, DeploymentRow, GateRow, RunRow, VersionRow, VersionState
from ..ledger import append
from ..ledger.append import instant
from ..policy.evidence_age import too_old
from ..signing.dsse import sign
from ..signing.statement import payload_of
from .acting import known_as
from .activate import active
from .authors import authors_that_count
from .documents import fetch
from .glass import FINDING, end, glass_row, glass_statement, may_break, rejected
from .promote import Promotion, permit
from .stop import take_out
from .transaction import Actor, governed
from .versions import open_finding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def break_glass(
    register: Register, model_id: str, version: str, actor: Actor, reason: str, subject: str, *, strengths: Mapping[str, str],
    approval_key: Ed25519PrivateKey | None = None,
) -> Promotion:
    """Permit a decided version without its approvals; they are demanded until the due date.

    Args:
        subject: the digest that the person saw; must be that of the version's latest decided run.
        approval_key: the server's, where it has one: it signs the release, as it signs approvals.

    Raises:
        Refused: governance permits nobody, or not this person; no reason; another subject; already broken.
        PromotionRefused: something else than approvals is missing.
    """
    with governed(register, "break-glass", by=actor.label, model_id=model_id, subject=subject) as session:
        run = session.scalars(
            select(RunRow).join(VersionRow, VersionRow.id == RunRow.version_id)
            .where(RunRow.model_id == model_id, VersionRow.version == version, RunRow.environment.is_not(None),
                   RunRow.subject.is_not(None)).order_by(RunRow.id.desc())).first()
        if run is None or run.subject != subject:
            raise Refused("the version's last decided run is over another subject than the one you saw", "stale")
        rules = known_as(active(session), actor)
        person = person_of(rules, actor.manager, actor.user_id)
        if rules.break_glass is None or person is None or not may_break(rules, person, authors_that_count(session, run)):
            named = ", ".join(rules.break_glass.roles) if rules.break_glass else "nobody"
            raise Refused(f"an emergency release takes a person of the control side who is no author; governance names {named}", "role")
        if not reason.strip():
            raise Refused("say why; an emergency release needs a reason", "reason")
        if glass_row(session, subject) is not None:
            raise Refused("this version is released in an emergency already", "decided")
        if session.scalars(select(GateRow.id).where(GateRow.run == run.id, GateRow.subject == subject)).first() is None:
            raise Refused("no gate has opened for this version yet; an emergency skips approvals, not the checks", "not-waiting")
        due = database_time(session) + duration(rules.break_glass.within)
        if aged := too_old(run.started_at, fetch(session, run.plan)["model"]["tier"], due):
            raise Refused(f"by {instant(due)}, when its approvals are due, nobody could give them any more: {aged}", "old-evidence")
        glass = BreakGlassRow(run=run.id, model_id=model_id, subject=subject, person=person, reason=reason.strip()[:2000],
                              due_at=due)
        session.add(glass)
        open_finding(session, model_id, FINDING, "critical",
                     f"{person} released version {version} without its approvals; they are due by {instant(due)}", added=True)
        append(session, "break-glass", {
            "by": person, "due": instant(due), "reason": digest_bytes(glass.reason.encode()), "run": run.run_id,
            "subject": subject, "version": version,
            "envelope": sign(payload_of(glass_statement(glass)), [approval_key]) if approval_key is not None else None,
        }, model_id=model_id)
        return permit(session, run, "break-glass", strengths)


def end_overdue(register: Register) -> list[str]:
    """Take out of service what was released in an emergency and then rejected, or not approved in time."""
    told = []
    with register.read() as session:
        waiting = list(session.scalars(select(BreakGlassRow.id).where(BreakGlassRow.closed_at.is_(None))))
    for number in waiting:
        with governed(register, "break-glass-ended", by="system", row=number) as session:
            glass = session.get_one(BreakGlassRow, number)
            late = glass.due_at <= database_time(session)
            if glass.closed_at is not None or not (late or rejected(session, glass.subject)):
                continue
            why = "its emergency release was not approved in time" if late else "its emergency release was rejected"
            for row in session.scalars(select(DeploymentRow).where(
                    DeploymentRow.subject == glass.subject, DeploymentRow.state.in_(("live", "intent", "publishing")))):
                take_out(session, row, VersionState.SUSPENDED, why)
            end(session, glass, "late" if late else "rejected")
            told.append(f"{glass.model_id} is suspended: {why}")
    return told
