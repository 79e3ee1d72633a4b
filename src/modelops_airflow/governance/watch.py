"""Watching what is live: its approvals must still hold. If one expired or fell away, a finding demands them anew."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVED
from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import BreakGlassRow, DeploymentRow, DeploymentState, GateRow
from ..ledger import append
from .activate import active, row_of
from .gate import GateFacts, readable_facts
from .transaction import governed
from .versions import close_finding, finding_is_open, open_finding

FINDING = "approval-fell-away"


def watch_approvals(register: Register, approval_public: bytes | None = None) -> list[str]:
    """Open a finding for what is live and no longer approved, close it for what is again; one line each.

    What cannot be asked is not approved: unknown is never quiet, and no other model waits for it.

    Args:
        approval_public: what approvals must be signed with to count; None if nothing is pinned.
    """
    with register.read() as session:
        lacking = _lacking(session, approval_public)
        due = {model: why for model, why in lacking.items() if finding_is_open(session, model, FINDING) != bool(why)}
    told = []
    for model, why in due.items():
        with governed(register, FINDING, by="system", model_id=model) as session:
            if why:
                open_finding(session, model, FINDING, "high", f"it is live, and its approvals no longer hold: {why}")
            else:
                close_finding(session, model, FINDING, "the approvals of what is live")
            append(session, FINDING, {"holds": not why}, model_id=model)
        told.append(f"{model} is live and its approvals no longer hold: {why}" if why else f"{model} is approved again")
    return told


def _lacking(session: Session, approval_public: bytes | None) -> dict[str, str]:
    """What each live model's gates lack, in words; empty words where they hold."""
    if row_of(session, "active") is None:
        return {}
    in_emergency = select(BreakGlassRow.subject).where(BreakGlassRow.closed_at.is_(None))  # it has a finding of its own
    live = list(session.scalars(select(DeploymentRow).where(
        DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.subject.not_in(in_emergency))))
    gates = list(session.scalars(select(GateRow).where(GateRow.run.in_({row.run for row in live}))))
    governance, now = active(session), database_time(session)
    found = {row.model_id: list[str]() for row in live}
    models = {row.run: row.model_id for row in live}
    facts = readable_facts(session, gates, approval_public)
    for gate in gates:
        one = facts[gate.id]
        if isinstance(one, str):
            found[models[gate.run]].append(one)
        elif (standing := one.standing(governance, now)).state != APPROVED:
            found[models[gate.run]].append(_words(one, standing.void))
    return {model: "; ".join(dict.fromkeys(words)) for model, words in found.items()}


def _words(facts: GateFacts, void: tuple[str, ...]) -> str:
    return f"gate {facts.gate.step}" + (f" ({'; '.join(void)})" if void else "")
