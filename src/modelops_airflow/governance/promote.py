"""Promotion: everything is verified again, from the register alone, in the transaction that promotes.

Airflow's task states, XComs and answers play no part: each was forged in a test. What counts is the
pinned plan, the recorded results, the decisions of people, and the clock of the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import Digest, digest_of
from ..errors import PromotionRefused
from ..evidence.manifest import environment_of
from ..inventory.register import Register
from ..inventory.tables import (
    DeploymentRow,
    DeploymentState,
    ModelRow,
    RunRow,
    SlotRow,
    VersionRow,
    VersionState,
)
from ..ledger import append
from ..policy.place import Place, place_in
from ..policy.states import SERVING
from .activate import active
from .authors import authors_that_count
from .conditions import conditional
from .documents import fetch
from .elsewhere import place_of, say_if_elsewhere
from .obstacles import obstacles
from .record import known_run
from .restrictions import goes_live, put_in_use, watch_conditions
from .start import RunKey
from .strategy import CANARY, strategy_of
from .switch import in_the_way, told_of_switch
from .transaction import governed
from .trial import RELEASE, ROLLBACK, canary_obstacles, end_canary, is_released, pulled_back_in
from .versions import close_finding, finding_is_open, held_back_in, live_elsewhere, move, open_finding


@dataclass(frozen=True)
class Promotion:
    """Permission to publish one artifact to one slot, under a fence.

    Attributes:
        run: the run whose plan, evidence and approvals it rests on.
        target, options: the place, as governance named it when the permission was given.
        kind, file, kind_options: how the artifact is opened: its kind, its file's name, and the options of the approved plan.
        done: it is already live; nothing is left to do.
    """

    deployment: int
    run: RunKey
    model: str
    environment: str
    version: str
    artifact: Digest
    subject: str
    epoch: int
    target: str
    options: Mapping[str, Any]
    done: bool
    kind: str
    file: str
    kind_options: Mapping[str, Any]


def promote(
    register: Register, key: RunKey, *, strengths: Mapping[str, str], doubts: Sequence[str] = (),
    approval_public: bytes | None = None,
) -> Promotion:
    """Permit the publication of a run's version, or refuse with every reason.

    Args:
        strengths: how strongly each target's gate holds, by target name.
        doubts: what the caller found wrong with the stored evidence; any of it refuses.
        approval_public: the key that approvals must be signed with to count, pinned by whoever deploys.

    Raises:
        PromotionRefused: names everything that is missing or void.
    """
    with governed(register, "promotion", by="system", run=key.run_id, dag=key.dag_id) as session:
        run = known_run(session, key)
        return permit(session, run, RELEASE, strengths, doubts, approval_public)


def promote_canary(
    register: Register, key: RunKey, *, strengths: Mapping[str, str], doubts: Sequence[str] = (), approval_public: bytes | None = None,
) -> Promotion | None:
    """Permit the publication of a run's version to the canary of its plan; None if the plan has none, or the release is live already.

    Raises:
        PromotionRefused: as of `promote`; the approvals are those of the release.
    """
    with governed(register, "promotion", by="system", run=key.run_id, dag=key.dag_id) as session:
        run = known_run(session, key)
        if strategy_of(fetch(session, run.plan)).through is None or is_released(session, run):
            return None
        return permit(session, run, CANARY, strengths, doubts, approval_public)


def permit(
    session: Session, run: RunRow, cause: str, strengths: Mapping[str, str], doubts: Sequence[str] = (),
    approval_public: bytes | None = None,
) -> Promotion:
    """Verify a run and take the fence of its slot, in the caller's transaction."""
    plan = fetch(session, run.plan)
    reasons = [*obstacles(session, run, plan, cause, approval_public), *canary_obstacles(session, run, plan, cause), *in_the_way(session, run, plan, cause),
               *(doubts if run.verdict == "pass" else ())]
    if reasons:
        raise PromotionRefused(f"{run.model_id} may not go live: " + "; ".join(reasons), "not-permitted", run.model_id)
    environment = str(environment_of(plan) if cause != CANARY else strategy_of(plan).through)
    place = _named_place(session, environment, strengths)
    version = session.get_one(VersionRow, run.version_id)
    slot = _slot(session, run.model_id, environment)
    _not_anothers(session, slot, place)
    there = None if cause == "rollback" else _made_before(session, slot, run, cause)
    moved = there is not None and (there.options is None or (
        place_of(there, active(session)), there.strength) != (place, strengths[place.target]))
    if there is None or there.state == DeploymentState.FAILED or (
            moved and there.state in (DeploymentState.INTENT, DeploymentState.PUBLISHING)):
        # Governance names another place by now: a new fence and a row of its own; what was left at the old one is still known.
        nth = slot.epoch if cause == "rollback" or moved else 0
        key = digest_of({"cause": cause, "environment": environment, "nth": nth, "run": [run.dag_id, run.run_id], "subject": run.subject})
        there = _intend(session, None if moved else there, slot, run, version, cause, key, place, strengths)
        append(session, "promotion", {
            "artifact": version.artifact, "authors": authors_that_count(session, run), "cause": cause,
            "dag": run.dag_id, "environment": environment, "epoch": there.epoch, "run": run.run_id, "strength": there.strength,
            "subject": run.subject, "target": there.target, "version": version.version}, model_id=run.model_id)
    elif there.state in (DeploymentState.SUPERSEDED, DeploymentState.WITHDRAWN):
        then = "going back is a rollback" if cause != CANARY else "a canary takes a new run"
        raise PromotionRefused(f"this deployment was already made and is {there.state}; {then}", "over")
    return promotion_of(session, there, run, version)


def promotion_of(session: Session, row: DeploymentRow, run: RunRow, version: VersionRow) -> Promotion:
    """The permission that a deployment row is."""
    place, model = place_of(row, active(session)), fetch(session, run.plan)["model"]
    return Promotion(row.id, RunKey(run.dag_id, run.run_id), row.model_id, row.environment, version.version, Digest(row.artifact), row.subject, row.epoch,
                     place.target, place.options, row.state == DeploymentState.LIVE, str(model["kind"]), version.artifact_name, model.get("with") or {})


def _named_place(session: Session, environment: str, strengths: Mapping[str, str]) -> Place:
    place = place_in(active(session), environment)
    if place is None or place.target not in strengths:
        what = f"environment {environment!r} any more" if place is None else f"known target {place.target!r}"
        raise PromotionRefused(f"governance has no {what}", "environment")
    return place


def _not_anothers(session: Session, slot: SlotRow, place: Place) -> None:
    """A place where another environment has had this model is never this one's: their fences are counted apart."""
    rules = active(session)
    for row in session.scalars(select(DeploymentRow).where(DeploymentRow.model_id == slot.model_id, DeploymentRow.slot != slot.id)):
        if place_of(row, rules).overlaps(place):
            raise PromotionRefused(
                f"{slot.environment} is at {place}, where {row.environment} had {slot.model_id} before; "
                f"give {slot.environment} a place of its own in governance.yaml", "environment", slot.model_id)


def _made_before(session: Session, slot: SlotRow, run: RunRow, cause: str) -> DeploymentRow | None:
    """The last deployment of the same meaning: a repeated task is answered with it."""
    return session.scalars(select(DeploymentRow).where(
        DeploymentRow.slot == slot.id, DeploymentRow.run == run.id, DeploymentRow.subject == run.subject, DeploymentRow.cause == cause,
    ).order_by(DeploymentRow.id.desc())).first()


def _slot(session: Session, model_id: str, environment: str) -> SlotRow:
    query = select(SlotRow).where(SlotRow.model_id == model_id, SlotRow.environment == environment).with_for_update()
    slot = session.scalars(query).first()
    if slot is None:
        slot = SlotRow(model_id=model_id, environment=environment, epoch=0)
        session.add(slot)
        session.flush()
    return slot


def _intend(
    session: Session, row: DeploymentRow | None, slot: SlotRow, run: RunRow, version: VersionRow, cause: str, key: str,
    place: Place, strengths: Mapping[str, str],
) -> DeploymentRow:
    slot.epoch += 1
    for older in session.scalars(select(DeploymentRow).where(
            DeploymentRow.slot == slot.id,
            DeploymentRow.state.in_((DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value)))):
        older.state = DeploymentState.FAILED.value
    if row is None:
        row = DeploymentRow(slot=slot.id, model_id=run.model_id, environment=slot.environment, version_id=version.id,
                            run=run.id, artifact=version.artifact, subject=str(run.subject), cause=cause, key=key,
                            epoch=slot.epoch, state=DeploymentState.INTENT.value, target=place.target,
                            options=dict(place.options), strength=strengths[place.target])
        session.add(row)
    row.epoch, row.state = slot.epoch, DeploymentState.INTENT.value
    row.at = database_time(session)
    session.flush()
    return row


def publishing(
    register: Register, deployment: int, epoch: int, approval_public: bytes | None = None, doubts: Sequence[str] = ()
) -> None:
    """The holder of the fence begins to write to the target; what was permitted must still hold.

    Raises:
        PromotionRefused: the fence is stale, or an approval fell away since the promotion.
    """
    with governed(register, "publishing", by="system", deployment=deployment) as session:
        row = _fenced(session, deployment, epoch)
        if row.state == DeploymentState.LIVE:
            return  # another try of the same task was faster
        run = session.get_one(RunRow, row.run)
        plan = fetch(session, run.plan)
        reasons = [*obstacles(session, run, plan, row.cause, approval_public), *canary_obstacles(session, run, plan, row.cause),
                   *in_the_way(session, run, plan, row.cause), *doubts]
        if place_of(row, active(session)) != place_in(active(session), row.environment):
            reasons.append(f"governance no longer has {row.environment} at {place_of(row, active(session))}")
        if reasons:
            raise PromotionRefused(f"{row.model_id} may no longer go live: " + "; ".join(reasons), "not-permitted", row.model_id)
        row.state = DeploymentState.PUBLISHING.value
        append(session, "publishing", {"deployment": deployment, "epoch": epoch}, model_id=row.model_id)


def confirm_live(register: Register, deployment: int, epoch: int, observed: str) -> None:
    """The target was read back and shows the approved artifact: it is live now.

    Raises:
        PromotionRefused: another deployment or a stop came first, or the target shows other bytes.
    """
    with governed(register, "live", by="system", deployment=deployment, observed=observed) as session:
        row = _fenced(session, deployment, epoch)
        if row.state == DeploymentState.INTENT:
            raise PromotionRefused("nothing is live that was not published: its approvals were not verified a second time", "fence")
        if observed != row.artifact:
            raise PromotionRefused(f"the target shows {observed}, not the approved {row.artifact}", "digest")
        version = session.get_one(VersionRow, row.version_id)
        for older in session.scalars(select(DeploymentRow).where(
                DeploymentRow.slot == row.slot, DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.id != row.id)):
            older.state = DeploymentState.SUPERSEDED.value
            say_if_elsewhere(session, active(session), older)
            before = session.get_one(VersionRow, older.version_id)
            if before.id != version.id and before.state in SERVING and not live_elsewhere(session, older):
                conditions = before.state == VersionState.RESTRICTED and conditional(session, older.subject)[0]
                move(before, VersionState.CONDITIONAL if conditions else VersionState.APPROVED, f"superseded by {version.version}")
            elif before.id != version.id and before.state in SERVING:
                session.flush()
                put_in_use(session, before)  # what restricted it here does not where it is live still
        session.flush()
        row.state, row.observed, row.observed_at = DeploymentState.LIVE.value, observed, database_time(session)
        # It was approved when it was published; whatever moved it meanwhile, the target shows it, and the register says so.
        if version.state in (VersionState.VALIDATING, VersionState.REJECTED):
            move(version, VersionState.WAITING)
        if version.state == VersionState.WAITING:
            move(version, VersionState.APPROVED)
        session.flush()
        if row.cause != CANARY:
            goes_live(session, row, version)
            end_canary(session, row)
        if row.cause not in (ROLLBACK, CANARY):
            close_finding(session, row.model_id, pulled_back_in(row.environment), f"the release to {row.environment}")
        close_finding(session, row.model_id, held_back_in(row.environment), f"what went live in {row.environment}")
        watch_conditions(session, row.model_id, f"the approvals of what went live in {row.environment}")
        say_if_elsewhere(session, active(session), row)
        _touch(session, row.model_id)
        append(session, "live", {"artifact": observed, "deployment": deployment, "environment": row.environment,
                                 "epoch": epoch, "version": version.version, **told_of_switch(session, row)}, model_id=row.model_id)


def fail(register: Register, deployment: int, epoch: int, reason: str) -> None:
    """A publication did not work; the slot keeps what it had."""
    with governed(register, "publication-failed", by="system", deployment=deployment) as session:
        row = session.get_one(DeploymentRow, deployment)
        if row.epoch == epoch and row.state in (DeploymentState.INTENT, DeploymentState.PUBLISHING):
            row.state = DeploymentState.FAILED.value
            if row.cause == ROLLBACK and finding_is_open(session, row.model_id, pulled_back_in(row.environment)):
                open_finding(session, row.model_id, pulled_back_in(row.environment), "critical", f"it was not published: {reason}", added=True)
            append(session, "publication-failed", {"deployment": deployment, "epoch": epoch, "reason": digest_of(reason)},
                   model_id=row.model_id)


def _fenced(session: Session, deployment: int, epoch: int) -> DeploymentRow:
    row = session.get_one(DeploymentRow, deployment)
    slot = session.scalars(select(SlotRow).where(SlotRow.id == row.slot).with_for_update()).one()
    if row.epoch != epoch or slot.epoch != epoch or row.state not in (
            DeploymentState.INTENT, DeploymentState.PUBLISHING, DeploymentState.LIVE):
        raise PromotionRefused(
            f"the fence of deployment {deployment} is stale: it has epoch {epoch}, the slot is at {slot.epoch} "
            f"and the deployment is {row.state}", "fence", row.model_id)
    return row


def _touch(session: Session, model_id: str) -> None:
    session.get_one(ModelRow, model_id).seen_at = database_time(session)
