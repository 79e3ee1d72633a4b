"""The offer: exactly the statement that a person signs if they decide so now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ..approvals.identity import person_of
from ..errors import VoteRefused
from ..ledger.append import instant
from ..signing.statement import decision_statement
from .activate import active
from .conditions import checked
from .gate import facts_of
from .signing import next_nth
from .transaction import Actor


def statement_to_sign(
    session: Session, gate_id: int, actor: Actor, decision: str, comment: str, subject: str, *,
    conditions: Sequence[str] = (), until: datetime | None = None,
) -> dict[str, Any]:
    """The statement of a decision that is not made yet; writes nothing and permits nothing.

    Raises:
        VoteRefused: gone, stale, unknown-person, conditions.
    """
    facts = facts_of(session, [gate_id]).get(gate_id)
    if facts is None:
        raise VoteRefused("there is no such gate", "gone")
    if subject != facts.row.subject or facts.row.subject != facts.run.subject:
        raise VoteRefused("the gate asks for another subject than the one you saw; load the page again", "stale")
    person = person_of(active(session), actor.manager, actor.user_id)
    if person is None:
        raise VoteRefused("governance.yaml names no person with this login; ask an administrator to add you", "unknown-person")
    return decision_statement(
        subject=subject, step=facts.gate.step, meaning=facts.gate.meaning, decision=decision, person=person,
        comment=comment.strip(), conditions=checked(conditions, decision), until=None if until is None else instant(until),
        nth=next_nth(session, facts.run.model_id, subject, facts.gate.step, person))
