"""When a model was last approved as it is: what its review counts from. Computed when it is asked, so no scheduler can hide that it is due.

What a row of a gate says of its end is not believed, since a task may write it: people's decisions say it, and when.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..approvals.rules import APPROVE, APPROVED
from ..database import database_time
from ..evidence.manifest import gates_of
from ..inventory.tables import DecisionRow, DeploymentRow, GateRow, GateState, RunRow
from ..spec.types import Governance
from .activate import governance_of
from .approved import WAS_LIVE
from .documents import fetch
from .gate import GateFacts, meaning_of, readable_facts
from .then import governances, in_force_at
from .trial import RELEASE

_REVIEWED = "attest"
"""What a decision at a gate of a review means."""


@dataclass(frozen=True)
class _Review:
    """A review that may have been approved.

    Attributes:
        decided: when somebody last approved anything about it; it counts from no later moment.
    """

    run: int
    model: str
    plan: str
    subject: str
    decided: datetime


def last_approved(session: Session, models: Collection[str]) -> dict[str, datetime]:
    """By model id: when it last went live by a release, or the last gate of a review was approved, UTC.

    A review counts once every gate of its plan is approved, one of them by the control side, and one under the policies of an earlier
    day counts from that day.
    """
    live = session.execute(
        select(DeploymentRow.model_id, func.max(DeploymentRow.at))
        .where(DeploymentRow.model_id.in_(models), DeploymentRow.cause == RELEASE, DeploymentRow.state.in_(WAS_LIVE))
        .group_by(DeploymentRow.model_id))
    found: dict[str, datetime] = {str(model): at for model, at in live}
    waiting = _reviews(session, models)
    while waiting := {model: later for model, reviews in waiting.items()
                      if (later := [one for one in reviews if model not in found or one.decided > found[model]])}:
        newest = [reviews.pop() for reviews in waiting.values()]
        for model, at in _counted(session, newest):
            found[model] = max(at, found.get(model, at))
    return found


def _reviews(session: Session, models: Collection[str]) -> dict[str, list[_Review]]:
    """By model, in order of their last approvals: runs that deploy nothing and have a gate that attests."""
    attested = select(GateRow.run).join(RunRow, RunRow.id == GateRow.run).where(
        RunRow.model_id.in_(models), RunRow.environment.is_(None), GateRow.meaning == _REVIEWED)
    decided, now = func.max(DecisionRow.at), database_time(session)
    rows = session.execute(
        select(RunRow.id, RunRow.model_id, RunRow.plan, RunRow.subject, decided)
        .join(DecisionRow, DecisionRow.subject == RunRow.subject)
        .where(RunRow.id.in_(attested), DecisionRow.decision == APPROVE, DecisionRow.withdrawn_at.is_(None))
        .group_by(RunRow.id, RunRow.model_id, RunRow.plan, RunRow.subject).order_by(decided, RunRow.id))
    found: dict[str, list[_Review]] = {}
    for row in rows:
        review = _Review(row[0], row[1], row[2], str(row[3]), row[4])
        if review.decided <= now:
            found.setdefault(review.model, []).append(review)
    return found


def _counted(session: Session, reviews: Sequence[_Review]) -> list[tuple[str, datetime]]:
    """Model and moment of each of some reviews of which every gate is approved, and one by the control side."""
    gates = session.scalars(select(GateRow).where(GateRow.run.in_([one.run for one in reviews]), GateRow.state != GateState.VOID.value)).all()
    facts, known, found = readable_facts(session, gates), governances(session), []
    for one in reviews:
        there = [facts[gate.id] for gate in gates if (gate.run, gate.subject) == (one.run, one.subject)]
        if any(isinstance(gate, str) for gate in there):
            continue  # what cannot be asked is not approved, and keeps no other model waiting
        plan = fetch(session, one.plan)
        digest = in_force_at(known, one.decided)
        steps = {gate.gate.step: gate for gate in there if not isinstance(gate, str)}
        if digest is not None and _approved(gates_of(plan), steps, governance_of(fetch(session, digest)), one.decided):
            found.append((one.model, min(one.decided, _end_of(plan.get("as_of"), one.decided))))
    return found


def _approved(asked: Mapping[str, Mapping[str, Any]], there: Mapping[str, GateFacts], governance: Governance, at: datetime) -> bool:
    """Whether every gate of a plan was approved under its own rules at a moment, by people of whom one is of the control side."""
    as_planned = all(step in there and (there[step].row.rules, there[step].gate.meaning) == (rules, meaning_of(rules)) for step, rules in asked.items())
    return (as_planned and any(meaning_of(rules) == _REVIEWED for rules in asked.values())
            and any(_of_control(role, governance) for rules in asked.values() for role in rules["roles"])
            and all(there[step].standing(governance, at).state == APPROVED for step in asked))


def _of_control(role: str, governance: Governance) -> bool:
    return role == "control" or (role in governance.roles and governance.roles[role].side == "control")


def _end_of(day: str | None, else_: datetime) -> datetime:
    """The last moment of the day whose policies a review was judged by."""
    return else_ if day is None else datetime.combine(date.fromisoformat(day), time.max, tzinfo=else_.tzinfo)
