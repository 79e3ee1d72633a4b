"""When a model was last approved as it is: what its review counts from. Computed when it is asked, so no scheduler can hide that it is due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..evidence.manifest import gates_of
from ..inventory.tables import DeploymentRow, GateRow, GateState, RunRow
from .approved import WAS_LIVE
from .documents import fetch
from .trial import RELEASE

_REVIEWED = "attest"
"""What a decision at a gate of a review means."""


def last_approved(session: Session, models: Collection[str]) -> dict[str, datetime]:
    """By model id: when it last went live by a release, or the last gate of a review was approved, UTC.

    A review counts once every gate of its plan is approved, and one under the policies of an earlier day counts from that day.
    """
    live = session.execute(
        select(DeploymentRow.model_id, func.max(DeploymentRow.at))
        .where(DeploymentRow.model_id.in_(models), DeploymentRow.cause == RELEASE, DeploymentRow.state.in_(WAS_LIVE))
        .group_by(DeploymentRow.model_id))
    found: dict[str, datetime] = {str(model): at for model, at in live}
    for model, at in _reviews(session, models):
        found[model] = max(at, found.get(model, at))
    return found


def _reviews(session: Session, models: Collection[str]) -> list[tuple[str, datetime]]:
    """Model and moment of each review of which every gate that was opened is approved, and every one of its plan was opened."""
    attested = select(GateRow.run).join(RunRow, RunRow.id == GateRow.run).where(
        RunRow.model_id.in_(models), RunRow.environment.is_(None), GateRow.meaning == _REVIEWED, GateRow.state == GateState.APPROVED.value)
    rows = session.execute(
        select(RunRow.model_id, RunRow.plan, RunRow.subject, GateRow.step, GateRow.subject, GateRow.state, GateRow.settled_at, RunRow.id)
        .join(GateRow, GateRow.run == RunRow.id).where(RunRow.id.in_(attested))).all()
    runs: dict[int, list[tuple[str, bool, datetime | None]]] = {}
    about = {}
    for model, plan, subject, step, asked, state, settled, run in rows:
        about[run] = model, plan
        runs.setdefault(run, []).append((step, state == GateState.APPROVED.value and asked == subject, settled))
    plans = {plan: fetch(session, plan) for plan in {plan for _, plan in about.values()}}
    found = []
    for run, gates in runs.items():
        model, plan = about[run]
        approved = {step for step, done, _ in gates if done}
        last = max((at for _, _, at in gates if at is not None), default=None)
        if last is not None and approved >= set(gates_of(plans[plan])):
            found.append((model, min(last, _end_of(plans[plan].get("as_of"), last))))
    return found


def _end_of(day: str | None, else_: datetime) -> datetime:
    """The last moment of the day whose policies a review was judged by."""
    return else_ if day is None else datetime.combine(date.fromisoformat(day), time.max, tzinfo=else_.tzinfo)
