"""Stopping: suspend and retire. Stopping takes one person, starting takes many."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ..approvals.identity import acting_roles, answers_for, person_of
from ..approvals.rules import APPROVE
from ..database import database_time
from ..digest import digest_bytes, digest_of
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import (
    DecisionRow,
    DeploymentRow,
    DeploymentState,
    ModelRow,
    RunRow,
    SlotRow,
    VersionRow,
    VersionState,
)
from ..ledger import append
from ..policy.states import SERVING
from .activate import active
from .restrictions import FINDING, obstacle, put_in_use
from .strategy import CANARY
from .transaction import Actor, governed
from .versions import held_back_in, live_elsewhere, move, open_finding


def suspend(register: Register, model_id: str, environment: str, actor: Actor, reason: str) -> int:
    """Take a model out of service, with the canaries on their way there; any person with a role may. Answers the epoch of its slot now.

    Raises:
        Refused: no reason, no role, or nothing is live there.
    """
    with governed(register, "suspended", by=actor.label, model_id=model_id, environment=environment) as session:
        person = _person(session, actor, reason)
        rows = _stoppable(session, model_id, environment)
        if not rows:
            raise Refused(f"nothing of {model_id} is live in {environment}, or on its way there", "nothing-live")
        for row in rows:
            take_out(session, row, VersionState.SUSPENDED, reason)
            if row.cause == CANARY:
                _never_again(session, row, reason)
        _void_decisions(session, model_id, environment)
        epoch = _epoch(session, model_id, environment)
        append(session, "suspended", {"by": person, "environment": environment, "epoch": epoch,
                                      "reason": digest_bytes(reason.encode())}, model_id=model_id)
        return epoch


def retire(register: Register, model_id: str, actor: Actor, reason: str, version: str | None = None) -> list[str]:
    """End a version, or all of a model; its owner or the control side may. Answers the versions ended.

    Raises:
        Refused: no reason, not permitted, or no such version.
    """
    with governed(register, "retired", by=actor.label, model_id=model_id) as session:
        person = _person(session, actor, reason)
        model = session.get(ModelRow, model_id)
        rules = active(session)
        if model is None or not answers_for(rules, person, model.owner):
            raise Refused("only the model's owner or the control side retires it", "role")
        query = select(VersionRow).where(VersionRow.model_id == model_id, VersionRow.state != VersionState.RETIRED.value)
        if version is not None:
            query = query.where(VersionRow.version == version)
        ended = list(session.scalars(query))
        if not ended:
            raise Refused(f"{model_id} has no version {version or ''} to retire", "nothing")
        for row in _stoppable(session, model_id, None):
            if row.version_id in {one.id for one in ended}:
                take_out(session, row, VersionState.RETIRED, reason)
        for one in ended:
            if one.state != VersionState.RETIRED:
                move(one, VersionState.RETIRED, reason)
        append(session, "retired", {"by": person, "reason": digest_bytes(reason.encode()),
                                    "versions": [one.version for one in ended]}, model_id=model_id)
        return [one.version for one in ended]


def hold_back(register: Register, deployment: int, why: str) -> bool:
    """Take out of service what its own runtime found bad; answers whether it was live. What was decided for it leads nowhere any more.

    Args:
        why: the runtime's words.
    """
    with governed(register, "pulled-back", by="system", deployment=deployment) as session:
        row = session.get_one(DeploymentRow, deployment)
        if row.state != DeploymentState.LIVE:
            return False
        version = session.get_one(VersionRow, row.version_id)
        reason = f"its runtime held version {version.version} back in {row.environment}: {why}"
        take_out(session, row, VersionState.SUSPENDED, reason)
        open_finding(session, row.model_id, held_back_in(row.environment), "critical", reason)
        _never_again(session, row, reason)  # tasks may not void decisions; the ledger has what they were over
        return True


def end_restricted(register: Register, deployment: int) -> str:
    """Take out of service what was restricted until a moment that is over, as a runtime's own stop is; answers one line, empty if it was not live."""
    with governed(register, "pulled-back", by="system", deployment=deployment) as session:
        row = session.get_one(DeploymentRow, deployment)
        version = session.get_one(VersionRow, row.version_id)
        why = obstacle(session, version, row.subject)
        if row.state != DeploymentState.LIVE or not why:
            return ""
        take_out(session, row, VersionState.SUSPENDED, why)
        open_finding(session, row.model_id, FINDING, "critical", f"{row.environment}: {why}")
        _never_again(session, row, why)
        return f"{row.model_id} is suspended in {row.environment}: {why}"


def _person(session: Session, actor: Actor, reason: str) -> str:
    rules = active(session)
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or not acting_roles(rules, person):
        raise Refused("governance.yaml gives you no role, or none that does more than read", "unknown-person" if person is None else "role")
    if not reason.strip():
        raise Refused("say why; a stop needs a reason", "reason")
    return person


def _void_decisions(session: Session, model_id: str, environment: str) -> None:
    """Starting again takes many: what people approved before the stop does not count after it; a rejection stays."""
    subjects = select(RunRow.subject).where(RunRow.model_id == model_id, RunRow.environment == environment,
                                            RunRow.subject.is_not(None))
    now = database_time(session)
    approvals = select(DecisionRow).where(
        DecisionRow.subject.in_(subjects), DecisionRow.decision == APPROVE, DecisionRow.withdrawn_at.is_(None))
    for row in session.scalars(approvals):
        row.withdrawn_at = now


def _never_again(session: Session, row: DeploymentRow, reason: str) -> None:
    """What was stopped does not come back, and not by another run of the same: the ledger has what people decided over."""
    version = session.get_one(VersionRow, row.version_id)
    append(session, "pulled-back", {
        "deployment": row.id, "environment": row.environment, "epoch": row.epoch, "reason": digest_bytes(reason.encode()),
        "subject": row.subject, "to": None, "version": version.version}, model_id=row.model_id)


def _stoppable(session: Session, model_id: str, environment: str | None) -> list[DeploymentRow]:
    """What is live, and what is on its way, be it in a canary."""
    query = select(DeploymentRow).where(DeploymentRow.model_id == model_id, DeploymentRow.state.in_((
        DeploymentState.LIVE.value, DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value)))
    if environment is not None:
        bound_for = select(RunRow.id).where(RunRow.model_id == model_id, RunRow.environment == environment)
        query = query.where(or_(DeploymentRow.environment == environment,
                                and_(DeploymentRow.cause == CANARY, DeploymentRow.run.in_(bound_for))))
    return list(session.scalars(query))


def _epoch(session: Session, model_id: str, environment: str) -> int:
    """Of the slot; none was given out where only a canary was on its way there."""
    return session.scalar(select(SlotRow.epoch).where(SlotRow.model_id == model_id, SlotRow.environment == environment)) or 0


def take_out(session: Session, row: DeploymentRow, state: VersionState, reason: str) -> None:
    """Take a deployment out of service, under a new epoch of its slot."""
    slot = session.scalars(select(SlotRow).where(SlotRow.id == row.slot).with_for_update()).one()
    slot.epoch += 1
    row.state = DeploymentState.WITHDRAWN.value
    session.flush()
    pending = select(DeploymentRow).where(
        DeploymentRow.slot == slot.id,
        DeploymentRow.state.in_((DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value)))
    for other in session.scalars(pending):
        # Its fence is stale now. A stop stops all of a model; the end of one version lets others try again.
        stopped = state == VersionState.SUSPENDED
        other.state = (DeploymentState.WITHDRAWN if stopped else DeploymentState.FAILED).value
    version = session.get_one(VersionRow, row.version_id)
    if version.state in SERVING and (state == VersionState.RETIRED or not live_elsewhere(session, row)):
        move(version, state, reason)
        if state == VersionState.SUSPENDED:
            _off_its_way(session, version, reason)
    elif version.state in SERVING:
        put_in_use(session, version)  # what restricted it here does not where it is live still


def _off_its_way(session: Session, version: VersionRow, reason: str) -> None:
    """What is suspended goes live nowhere by itself: where else it is on its way, it was approved before the stop, and may be written for an hour yet.

    To let it arrive would say of a version that is live nowhere that it is in use. And to refuse it there alone comes too late:
    the place shows it by then.
    """
    for row in session.scalars(select(DeploymentRow).where(
            DeploymentRow.version_id == version.id, DeploymentRow.state.in_((DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value)))):
        session.scalars(select(SlotRow).where(SlotRow.id == row.slot).with_for_update()).one().epoch += 1
        row.state = DeploymentState.WITHDRAWN.value
        append(session, "publication-withdrawn", {"deployment": row.id, "environment": row.environment, "epoch": row.epoch, "reason": digest_of(reason)}, model_id=row.model_id)
