"""Retrying a re-certification that failed, by name and on record."""

from __future__ import annotations

from sqlalchemy import select

from ..approvals.identity import acting_roles, person_of
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import RecertificationRow, RecertificationState
from ..ledger import append
from .activate import active
from .transaction import Actor, governed

RETRIED = "recertification-retried"


def retry(register: Register, model_id: str, actor: Actor) -> int:
    """Put what failed of a model back on the queue, as a new attempt with a run of its own; any person with a role may. Answers the attempt.

    Raises:
        Refused: no role, nothing failed, or the model has no life cycle that could be run.
    """
    with governed(register, RETRIED, by=actor.label, model_id=model_id) as session:
        rules = active(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or not acting_roles(rules, person):
            raise Refused("governance.yaml gives you no role, or none that does more than read", "unknown-person" if person is None else "role")
        row = session.scalars(select(RecertificationRow).where(
            RecertificationRow.model_id == model_id, RecertificationRow.state == RecertificationState.FAILED.value)
            .order_by(RecertificationRow.id.desc()).limit(1)).first()
        if row is None:
            raise Refused(f"no re-certification of {model_id} has failed", "state")
        if row.dag_id is None:
            raise Refused(f"{model_id}: {row.reason}", "nothing")
        row.state, row.attempt, row.starts, row.run_id, row.reason, row.ended_at = RecertificationState.WAITING.value, row.attempt + 1, 0, None, "", None
        append(session, RETRIED, {"attempt": row.attempt, "by": person, "cause": row.cause}, model_id=model_id)
        return row.attempt
