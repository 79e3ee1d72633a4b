"""Voting: one person's decision at a gate, over exactly what they saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..approvals.identity import person_of
from ..approvals.rules import APPROVE, OPEN, REJECT, Standing, refusal, role_for
from ..database import database_time, is_twice
from ..digest import digest_bytes
from ..errors import VoteRefused
from ..evidence.manifest import gates_of
from ..inventory.register import Register
from ..inventory.tables import DecisionRow, GateRow, GateState
from ..ledger import append
from ..ledger.append import instant
from ..policy.states import SERVING
from .acting import known_as
from .activate import active
from .conditions import checked, expiry
from .documents import fetch
from .finding_block import blocks_of
from .gate import GateFacts, facts_of, meaning_of, settle, valid_until
from .on_record import conditions_digest, expires
from .signing import Signature, sign_decision
from .transaction import Actor, governed
from .versions import open_finding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_COMMENT = 4000


def vote(
    register: Register, gate_id: int, actor: Actor, decision: str, comment: str, subject: str, *,
    conditions: Sequence[str] = (), until: datetime | None = None, signature: Signature | None = None,
    approval_key: Ed25519PrivateKey | None = None,
) -> Standing:
    """Record a decision and answer where the gate stands then.

    Args:
        decision: approve or reject; a rejection needs a comment.
        subject: the digest that the page showed; must be the gate's.
        conditions: what must be done while the approval lasts; it then ends within the limit of the tier.
        until: when the approval ends, if earlier than the gate says.
        signature: by the person's own key, over the statement that `offer.statement_to_sign` gives.
        approval_key: the server's, where it has one: it signs the record of the decision.

    Raises:
        VoteRefused: with a code: gone, stale, closed, comment, decision, conditions, expiry,
            unknown-person, author, role, decided, signature, finding.
    """
    with governed(register, "decision", by=actor.label, gate=gate_id, decision=decision, subject=subject) as session:
        facts, row = _decided(session, gate_id, actor, decision, comment, subject, conditions, until)
        sign_decision(session, row, facts.run.model_id, None if until is None else instant(until),
                      wanted=facts.row.rules.get("signature"), signature=signature, approval_key=approval_key)
        return _recorded(session, facts, row)


def _decided(
    session: Session, gate_id: int, actor: Actor, decision: str, comment: str, subject: str, conditions: Sequence[str],
    until: datetime | None,
) -> tuple[GateFacts, DecisionRow]:
    """The gate and the decision, if it may be made; nothing is written yet."""
    facts = facts_of(session, [gate_id]).get(gate_id)
    if facts is None:
        raise VoteRefused("there is no such gate", "gone")
    _presentable(facts, decision, comment, subject)
    planned = gates_of(fetch(session, facts.run.plan)).get(facts.gate.step)
    if planned is None or facts.row.rules != planned or facts.gate.meaning != meaning_of(planned):
        raise VoteRefused("the rules of this gate are not those of the plan; somebody changed them in the database", "rules")
    kept = checked(conditions, decision)
    governance, now = known_as(active(session), actor), database_time(session)
    person = person_of(governance, actor.manager, actor.user_id)
    authors = facts.authors
    stands = facts.standing(governance, now).state
    if facts.row.state == GateState.VOID or stands != OPEN:
        raise VoteRefused(f"the gate is already {facts.row.state if facts.row.state == GateState.VOID else stands}", "closed")
    refused = refusal(facts.gate, person, decision, facts.decisions, authors, governance, now)
    if refused is not None:
        raise VoteRefused(refused[1], refused[0])
    if decision == APPROVE and (aged := facts.too_old(now)):
        raise VoteRefused(aged, "old-evidence")
    held_up = [one for one in blocks_of(session, [facts.run.model_id]).get(facts.run.model_id, []) if one.holds_up(facts.gate.meaning, conditional=bool(kept))]
    if decision == APPROVE and held_up:
        raise VoteRefused("; ".join(one.told for one in held_up), "finding")
    role = role_for(facts.gate, str(person), facts.decisions, authors, governance, now)
    row = DecisionRow(gate=gate_id, step=facts.gate.step, subject=subject, person=str(person), role=str(role),
                      decision=decision, meaning=facts.gate.meaning, comment=comment.strip(), auth=actor.label, conditions=kept,
                      at=now, expires_at=_end(session, facts, decision, kept, until, now))
    return facts, row


def _recorded(session: Session, facts: GateFacts, row: DecisionRow) -> Standing:
    _lapse(session, row, row.at)
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if is_twice(error, DecisionRow.__tablename__):
            raise VoteRefused("you have already decided at this gate", "decided") from None
        raise
    standing = _settle_all(session, row)[row.gate]
    append(session, "decision", {
        "auth": row.auth, "comment": digest_bytes(row.comment.encode()), "conditions": conditions_digest(row.conditions),
        "decision": row.decision, "design": facts.run.design if row.meaning == "validate" else None, "expires": expires(row),
        "gate": row.gate, "meaning": row.meaning, "nth": row.nth, "person": row.person, "role": row.role,
        "statement": row.statement, "step": row.step, "subject": row.subject,
    }, model_id=facts.run.model_id)
    return standing


def _presentable(facts: GateFacts, decision: str, comment: str, subject: str) -> None:
    if decision not in (APPROVE, REJECT):
        raise VoteRefused(f"{decision!r} is no decision; expected approve or reject", "decision")
    if subject != facts.row.subject or facts.row.subject != facts.run.subject:
        raise VoteRefused("the gate asks for another subject than the one you saw; load the page again", "stale")
    if decision == REJECT and not comment.strip():
        raise VoteRefused("a rejection needs a comment that says why", "comment")
    if len(comment) > MAX_COMMENT:
        raise VoteRefused(f"the comment is longer than {MAX_COMMENT} characters", "comment")


def _end(session: Session, facts: GateFacts, decision: str, conditions: Sequence[str], until: datetime | None,
         now: datetime) -> datetime | None:
    if decision != APPROVE:
        return None
    return expiry(fetch(session, facts.run.plan), conditions, until, valid_until(facts.row.rules, now), now)


def _lapse(session: Session, renewed: DecisionRow, now: datetime) -> None:
    """An expired approval gives way to the same person's new decision."""
    for old in session.scalars(select(DecisionRow).where(
            DecisionRow.subject == renewed.subject, DecisionRow.step == renewed.step, DecisionRow.person == renewed.person,
            DecisionRow.withdrawn_at.is_(None), DecisionRow.expires_at <= now)):
        old.withdrawn_at = now
    session.flush()


def withdraw(register: Register, decision_id: int, actor: Actor, comment: str = "") -> Standing:
    """Take back one's own decision; nobody else's.

    Raises:
        VoteRefused: it is not the actor's, or was already taken back.
    """
    with governed(register, "withdrawal", by=actor.label, decision=decision_id) as session:
        row = session.get(DecisionRow, decision_id)
        governance = active(session)
        person = person_of(governance, actor.manager, actor.user_id)
        if row is None or person is None or row.person != person:
            raise VoteRefused("only its author may take a decision back", "author-only")
        if row.withdrawn_at is not None:
            raise VoteRefused("the decision was already taken back", "closed")
        row.withdrawn_at = database_time(session)
        session.flush()
        standing = _settle_all(session, row)[row.gate]
        facts = facts_of(session, [row.gate])[row.gate]
        if facts.version.state in SERVING and row.decision == APPROVE:
            open_finding(session, facts.run.model_id, "approval-fell-away", "high",
                         f"an approval of version {facts.version.version}, which is in use, was taken back at gate {row.step}")
        append(session, "withdrawal", {"comment": digest_bytes(comment.encode()), "decision": row.id, "gate": row.gate,
                                       "person": person, "step": row.step, "subject": row.subject}, model_id=facts.run.model_id)
        return standing


def _settle_all(session: Session, row: DecisionRow) -> dict[int, Standing]:
    """Settle every gate that asks for the decision: they belong to subject and step, not to one run. Its own may ask for none, or another, by now."""
    asking = session.scalars(select(GateRow.id).where(
        GateRow.subject == row.subject, GateRow.step == row.step, GateRow.state != GateState.VOID.value)).all()
    found, governance, now = facts_of(session, [*asking, row.gate], sure_of=row.id), active(session), database_time(session)
    return {gate: settle(session, facts) if gate in asking else facts.standing(governance, now) for gate, facts in found.items()}
