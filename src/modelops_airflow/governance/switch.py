"""The switch: what else was so when a deployment went live, which the ledger's event `live` keeps and its trial is judged against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..evidence.manifest import environment_of
from ..inventory.tables import DeploymentRow, FindingRow, RunRow, VersionRow
from ..targets import TARGETS
from .activate import active
from .on_record import went_live
from .strategy import CANARY, strategy_of
from .versions import finding_in, live


def in_the_way(session: Session, run: RunRow, plan: Mapping[str, Any], cause: str) -> list[str]:
    """Why a canary may not go where its plan says: governance has it as no canary there, or a release is live in its place.

    A canary has no gates of its own, so that only governance says where one may be: no model file makes production the canary of
    another environment, past what is asked of releases there. And nothing would bring back what it took the place of.
    """
    if cause != CANARY:
        return []
    through, to = str(strategy_of(plan).through), str(environment_of(plan))
    environment = active(session).environments.get(to)
    if environment is None or environment.canary != through:
        return [f"governance does not say that {through} is the canary of {to}"]
    there = live(session, run.model_id, through)
    if there is None or there.cause == CANARY:
        return []
    version = session.get_one(VersionRow, there.version_id).version
    return [f"{there.environment} is its canary, and version {version} was released there; suspend the model there first"]


def told_of_switch(session: Session, row: DeploymentRow) -> dict[str, Any]:
    """What the event `live` must say of a deployment that goes on trial: the ledger alone has it afterwards.

    A canary's has `beside`, the deployment that it is compared with; any other's has `troubled`, the open finding of what its
    place is in trouble with, which is not its doing.
    """
    if row.cause == CANARY:
        return {"beside": _beside(session, session.get_one(RunRow, row.run))}
    there = session.scalars(select(FindingRow).where(
        FindingRow.model_id == row.model_id, FindingRow.kind == finding_in(row.environment, TARGETS[row.target].about),
        FindingRow.closed_at.is_(None), FindingRow.calm_since.is_(None))).first()
    return {} if there is None else {"troubled": {"finding": there.id, "flips": there.flips}}


def still_troubled(session: Session, troubled: Mapping[str, Any] | None) -> bool:
    """Whether a trouble of before the switch was there at every look since: once it was away, its return counts."""
    there = session.get(FindingRow, troubled["finding"]) if troubled is not None else None
    return there is not None and troubled is not None and (there.closed_at, there.calm_since, there.flips) == (None, None, troubled["flips"])


def changed_beside(session: Session, row: DeploymentRow, run: RunRow) -> list[str]:
    """A canary speaks for a release only beside what the release replaces; whoever serves both ends it when that changes."""
    told = went_live(session, row)
    if told is not None and told[1].get("beside", "unknown") == _beside(session, run):
        return []
    return [f"{run.environment} has changed since version {session.get_one(VersionRow, row.version_id).version} went into its canary "
            f"in {row.environment}, which says nothing about what it would replace now; start a new run"]


def _beside(session: Session, run: RunRow) -> list[int] | None:
    """What is live where a release goes to, as deployment and epoch."""
    there = live(session, run.model_id, str(run.environment))
    return None if there is None else [there.id, there.epoch]
