"""States of versions and findings: small writes that several verbs share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import digest_bytes
from ..errors import Refused
from ..inventory.tables import DeploymentRow, DeploymentState, FindingRow, ModelRow, RunRow, VersionRow, VersionState
from ..policy.finding_rules import SEVERITIES, State
from ..policy.states import permitted
from .strategy import CANARY

_LONGEST = 50
"""Signs of a finding's kind."""


def move(version: VersionRow, state: VersionState, reason: str = "") -> None:
    """Change a version's state.

    Raises:
        Refused: the state machine does not permit it.
    """
    if not permitted(version.state, state.value):
        raise Refused(f"version {version.version} of {version.model_id} is {version.state} and cannot become {state.value}",
                      "state")
    version.state, version.reason = state.value, reason[:2000]


def live(session: Session, model_id: str, environment: str | None = None) -> DeploymentRow | None:
    """The live deployment of a model, in an environment or in any; the canary of a release that goes on to another is none."""
    query = select(DeploymentRow).where(
        DeploymentRow.model_id == model_id, DeploymentRow.state == DeploymentState.LIVE.value
    )
    query = query.where(DeploymentRow.environment == environment if environment is not None else DeploymentRow.cause != CANARY)
    return session.scalars(query.order_by(DeploymentRow.id.desc())).first()


def live_elsewhere(session: Session, row: DeploymentRow) -> bool:
    """Whether the version of a deployment is live in another slot too."""
    return session.scalars(select(DeploymentRow.id).where(
        DeploymentRow.version_id == row.version_id, DeploymentRow.state == DeploymentState.LIVE.value,
        DeploymentRow.slot != row.slot)).first() is not None


def on_its_way(session: Session, version: VersionRow) -> bool:
    """Whether a version is being deployed just now; then no other run moves its state."""
    return _deployed(session, version, DeploymentState.INTENT, DeploymentState.PUBLISHING)


def being_published(session: Session, version: VersionRow) -> bool:
    """Whether a version is being written to a target just now, by whichever run: that comes first, then what stops it."""
    return _deployed(session, version, DeploymentState.PUBLISHING)


def was_deployed(session: Session, run: RunRow) -> bool:
    """Whether a run is, or ever was, at a target or on its way there; then its evidence stays as it is."""
    return session.scalars(select(DeploymentRow.id).where(
        DeploymentRow.run == run.id, DeploymentRow.state != DeploymentState.FAILED.value)).first() is not None


def _deployed(session: Session, version: VersionRow, *states: DeploymentState) -> bool:
    return session.scalars(select(DeploymentRow.id).where(
        DeploymentRow.version_id == version.id, DeploymentRow.state.in_([one.value for one in states]))).first() is not None


def open_finding(session: Session, model_id: str, kind: str, severity: str, message: str, *, added: bool = False) -> bool:
    """Open a finding, once; answers whether it is new.

    Args:
        added: what an open one says stays, and this is added to it.
    """
    there = session.scalars(select(FindingRow).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at.is_(None))).first()
    if there is not None:
        there.message = (f"{there.message}; {message}" if added else message)[:2000]
        return False
    session.add(new_finding(session, model_id, kind, severity, message))
    return True


def new_finding(session: Session, model_id: str, kind: str, severity: str, message: str, flips: int = 0) -> FindingRow:
    """The row of what a machine observes: due by its severity, and the model's owner's to mend."""
    at, model = database_time(session), session.get(ModelRow, model_id)
    return FindingRow(model_id=model_id, kind=kind, severity=severity, message=message[:2000], flips=flips, opened_at=at,
                      owner=model.owner if model is not None else None, due_at=at + SEVERITIES[severity].due.lasts)


def finding_is_open(session: Session, model_id: str, kind: str) -> bool:
    """Whether a finding is open."""
    return session.scalars(select(FindingRow.id).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at.is_(None))).first() is not None


def message_of_finding(session: Session, model_id: str, kind: str) -> str | None:
    """What an open finding says; None where there is none."""
    return session.scalars(select(FindingRow.message).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at.is_(None))).first()


def finding_in(place: str, what: str) -> str:
    """The kind of a finding about an environment or a life cycle; a long name is told apart by its digest."""
    kind = f"{what}-{place}"
    return kind if len(kind) <= _LONGEST else f"{kind[: _LONGEST - 13]}-{digest_bytes(place.encode())[7:19]}"


def held_back_in(environment: str) -> str:
    """The kind of the finding of a version that its own runtime held back in an environment."""
    return finding_in(environment, "held-back")


def close_finding(session: Session, model_id: str, kind: str, seen: str) -> bool:
    """Close what a machine observed, because it observes it no more; answers whether there was such a finding.

    Args:
        seen: what was looked at, as "the scan of production".
    """
    there = session.scalars(select(FindingRow).where(
        FindingRow.model_id == model_id, FindingRow.kind == kind, FindingRow.closed_at.is_(None))).first()
    if there is None:
        return False
    end_finding(there, seen, database_time(session))
    return True


def end_finding(row: FindingRow, seen: str, at: datetime) -> None:
    """A machine's observation ends a finding, whatever people have done about it so far."""
    row.closed_at, row.state, row.ended = at, State.CLOSED.value, f"closed by observation of {seen}"[:500]
