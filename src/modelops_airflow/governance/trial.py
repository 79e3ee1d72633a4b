"""Trials: a version in the canary of its release, and one that is watched after the switch.

Both are told from the register alone: what is live, since when the ledger has it, and the clock of the database. Whoever
starts again after a crash comes to the same answer; no task remembers anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import digest_bytes
from ..errors import EvidenceError
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, FindingRow, RunRow, SlotRow, VersionRow
from ..ledger import append
from .documents import fetch
from .on_record import watched_on_record, went_live
from .record import known_run
from .start import RunKey
from .strategy import CANARY, strategy_of
from .switch import changed_beside, still_troubled
from .transaction import governed
from .versions import close_finding, finding_in, finding_is_open, held_back_in, open_finding

WATCH, RELEASE, ROLLBACK = "watch", "release", "rollback"


@dataclass(frozen=True)
class Trial:
    """A deployment on trial.

    Attributes:
        what: `canary` or `watch`.
        since, until: when it went live and when the trial may end, by the database's clock.
        over: that time has come.
        failing: what monitors found of this very version since.
        wrong_before: its place is in the trouble that it was in when it went live, without a break; that is not its doing.
    """

    what: str
    since: datetime
    until: datetime
    over: bool
    failing: tuple[str, ...]
    wrong_before: bool

    @property
    def told(self) -> str:
        """For people."""
        return f"{'baking' if self.what == CANARY else 'watched'} until {self.until:%Y-%m-%d %H:%M:%S} UTC"


def trial_of(session: Session, row: DeploymentRow) -> Trial | None:
    """The trial that a deployment is on; None if it is not live, or on none. What went back is on none: nothing goes back twice."""
    if row.state != DeploymentState.LIVE or row.run is None or row.cause == ROLLBACK:
        return None
    try:
        strategy = strategy_of(fetch(session, session.get_one(RunRow, row.run).plan))
    except EvidenceError:  # somebody changed the plan's bytes: nothing goes on from here, and no other slot waits for it
        return None
    canary = row.cause == CANARY
    lasts = strategy.bake if canary else strategy.watch
    told = went_live(session, row) if canary or lasts else None
    if told is None or (not canary and watched_on_record(session, row)):
        return None
    since, facts = told
    return Trial(CANARY if canary else WATCH, since, since + lasts, database_time(session) >= since + lasts,
                 _failing(session, row, since), still_troubled(session, facts.get("troubled")))


def canary_of(session: Session, run: RunRow) -> DeploymentRow | None:
    """The deployment of a run to its canary."""
    return session.scalars(select(DeploymentRow).where(
        DeploymentRow.run == run.id, DeploymentRow.subject == run.subject, DeploymentRow.cause == CANARY).order_by(DeploymentRow.id.desc())).first()


def canary_obstacles(session: Session, run: RunRow, plan: Mapping[str, Any], cause: str) -> list[str]:
    """What the canary of a release says against going on; nothing where the plan has none, or the release is live already."""
    through = strategy_of(plan).through
    if through is None or cause != RELEASE or is_released(session, run):
        return []
    row = canary_of(session, run)
    if row is None:
        return [f"it was not in its canary {through} yet"]
    trial = trial_of(session, row)
    if trial is None:
        return [f"its canary in {through} is {row.state}"]
    if not trial.over:
        return [f"its canary in {through} is {trial.told}"]
    return [*trial.failing, *_critical(session, row), *changed_beside(session, row, run)]


def is_released(session: Session, run: RunRow) -> bool:
    """Whether a run's release is live where its plan deploys to."""
    return session.scalars(select(DeploymentRow.id).where(
        DeploymentRow.run == run.id, DeploymentRow.subject == run.subject, DeploymentRow.cause == RELEASE,
        DeploymentRow.state == DeploymentState.LIVE.value)).first() is not None


def bake_left(register: Register, deployment: int) -> tuple[timedelta, Trial] | None:
    """How long a canary must bake still; None if it is over, or the canary is not live any more."""
    with register.read() as session:
        trial = trial_of(session, session.get_one(DeploymentRow, deployment))
        return None if trial is None or trial.over else (trial.until - database_time(session), trial)


def end_canary(session: Session, row: DeploymentRow) -> None:
    """What went through it is live: its canary is taken out of service in the same transaction, and the place follows.

    What findings say of canaries on the way to the same environment is over with a release, and with nothing else.
    """
    run = session.get_one(RunRow, row.run)
    canary = canary_of(session, run)
    if canary is not None and canary.state == DeploymentState.LIVE:
        slot = session.scalars(select(SlotRow).where(SlotRow.id == canary.slot).with_for_update()).one()
        if slot.epoch == canary.epoch:  # a later canary has a fence of its own already
            slot.epoch += 1
        canary.state = DeploymentState.WITHDRAWN.value
        append(session, "canary-ended", {"deployment": canary.id, "environment": canary.environment, "epoch": slot.epoch}, model_id=row.model_id)
    if row.cause != RELEASE:
        return
    seen = f"the release to {row.environment}"
    for (environment,) in session.execute(select(DeploymentRow.environment).join(RunRow, RunRow.id == DeploymentRow.run).where(
            DeploymentRow.model_id == row.model_id, DeploymentRow.cause == CANARY, RunRow.environment == row.environment).distinct()):
        close_finding(session, row.model_id, pulled_back_in(environment), seen)
        close_finding(session, row.model_id, stopped_in(environment), seen)


def end_watch(register: Register, deployment: int) -> None:
    """A look after the end of the watch found nothing of this version: it is over, and the ledger says that somebody looked.

    The event says `troubled` where the place is in the trouble of before the switch still: what this version did to it was not seen.
    """
    with governed(register, "watched", by="system", deployment=deployment) as session:
        row = session.get_one(DeploymentRow, deployment)
        trial = trial_of(session, row)
        if trial is not None and trial.what == WATCH and trial.over and not trial.failing:
            append(session, "watched", {"deployment": row.id, "environment": row.environment, "epoch": row.epoch, "troubled": trial.wrong_before},
                   model_id=row.model_id)


def note_stopped(register: Register, key: RunKey, why: str) -> None:
    """A release did not go on from its canary: a finding says so, unless one does already."""
    with governed(register, "canary-stopped", by="system", run=key.run_id) as session:
        run = known_run(session, key)
        row, to = canary_of(session, run), run.environment
        if row is None or row.state in (DeploymentState.INTENT, DeploymentState.PUBLISHING, DeploymentState.FAILED) or any(
                finding_is_open(session, run.model_id, one(row.environment)) for one in (pulled_back_in, stopped_in)) or is_released(session, run):
            return
        version = session.get_one(VersionRow, run.version_id)
        open_finding(session, run.model_id, stopped_in(row.environment), "critical",
                     f"version {version.version} did not go on from its canary in {row.environment} to {to}: {why}")
        append(session, "canary-stopped", {"environment": row.environment, "reason": digest_bytes(why.encode()), "subject": run.subject},
               model_id=run.model_id)


def pulled_back_in(environment: str) -> str:
    """The kind of the finding of a version that was pulled back in an environment."""
    return finding_in(environment, "pulled-back")


def stopped_in(environment: str) -> str:
    """The kind of the finding of a release that did not go on from its canary in an environment; the canary may be there still."""
    return finding_in(environment, "canary-stopped")


def _failing(session: Session, row: DeploymentRow, since: datetime) -> tuple[str, ...]:
    """What failed since, by the policies of today: what a past day came to says nothing about what is live now."""
    rows = session.scalars(select(RunRow).where(
        RunRow.version_id == row.version_id, RunRow.environment.is_(None), RunRow.as_of.is_(None), RunRow.verdict == "fail",
        RunRow.decided_at >= since).order_by(RunRow.id))
    return tuple(f"its {run.lifecycle} {run.run_id} did not meet what is required" for run in rows)


def _critical(session: Session, row: DeploymentRow) -> list[str]:
    kinds = (held_back_in(row.environment), finding_in(row.environment, "target-differs"))
    return list(session.scalars(select(FindingRow.message).where(
        FindingRow.model_id == row.model_id, FindingRow.kind.in_(kinds), FindingRow.severity == "critical", FindingRow.closed_at.is_(None))))
