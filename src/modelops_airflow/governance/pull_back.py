"""Pulling back: what is on trial and in trouble is taken out of service, and the version before it comes back if it may.

Nobody is asked, since a stop takes nobody; what comes back is verified as in any rollback. What was pulled back is never promoted
again: the ledger has its subject. One transaction has the stop, the permission, the finding and the events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from ..database import words_of_guard
from ..digest import digest_bytes
from ..errors import ModelOpsError
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow, SlotRow, VersionRow, VersionState
from ..ledger import append
from ..policy.states import READY
from .promote import Promotion, permit
from .start import RunKey
from .stop import take_out
from .strategy import CANARY
from .transaction import governed
from .trial import ROLLBACK, pulled_back_in, trial_of
from .versions import move, open_finding


@dataclass(frozen=True)
class Pulled:
    """What became of it.

    Attributes:
        told: one line for people.
        epoch: of the slot now.
        promotion: the permission to publish the version before it; None if none may come back.
    """

    told: str
    epoch: int
    promotion: Promotion | None


def way_back(register: Register, deployment: int) -> RunKey | None:
    """The run of the version that was live before a deployment; None if there was none with another artifact, or it is a canary."""
    with register.read() as session:
        row = session.get_one(DeploymentRow, deployment)
        before = _before(session, row)
        run = session.get_one(RunRow, before.run) if before is not None else None
        return RunKey(run.dag_id, run.run_id) if run is not None else None


def pull_back(
    register: Register, deployment: int, why: str, *, strengths: Mapping[str, str], doubts: Sequence[str] = (),
    approval_public: bytes | None = None,
) -> Pulled | None:
    """Take a deployment that is on trial out of service; None if it is not live, not on trial, or another is on its way there.

    Args:
        why: what is wrong, in words.
        doubts: what the stored evidence says against the version before it.
        approval_public: what approvals must be signed with to count; None if nothing is pinned.
    """
    with governed(register, "pulled-back", by="system", deployment=deployment) as session:
        row = session.get_one(DeploymentRow, deployment)
        slot = session.scalars(select(SlotRow).where(SlotRow.id == row.slot).with_for_update()).one()
        if trial_of(session, row) is None or _another_comes(session, row):
            return None
        before = _before(session, row)
        version, reason = session.get_one(VersionRow, row.version_id), f"it was pulled back from {row.environment}: {why}"
        take_out(session, row, VersionState.SUSPENDED, reason)
        if row.cause == CANARY and version.state in READY:
            move(version, VersionState.REJECTED, reason)
        promotion, why_not = _permitted(session, before, strengths, doubts, approval_public)
        told = f"version {version.version} of {row.model_id} was pulled back from {row.environment}: {why}; {_then(row, promotion, why_not)}"
        open_finding(session, row.model_id, pulled_back_in(row.environment), "critical", told)
        append(session, "pulled-back", {
            "deployment": row.id, "environment": row.environment, "epoch": slot.epoch, "reason": digest_bytes(why.encode()),
            "subject": row.subject, "to": promotion.version if promotion is not None else None, "version": version.version}, model_id=row.model_id)
        return Pulled(told, slot.epoch, promotion)


def _another_comes(session: Session, row: DeploymentRow) -> bool:
    """Whether another deployment is on its way into the slot: what its place shows may be that one's."""
    return session.scalars(select(DeploymentRow.id).where(DeploymentRow.slot == row.slot, DeploymentRow.state.in_(
        (DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value)))).first() is not None


def _before(session: Session, row: DeploymentRow) -> DeploymentRow | None:
    """What was live in the slot before a deployment, with another artifact."""
    if row.cause == CANARY:
        return None
    return session.scalars(select(DeploymentRow).where(
        DeploymentRow.slot == row.slot, DeploymentRow.state == DeploymentState.SUPERSEDED.value, DeploymentRow.epoch < row.epoch,
        DeploymentRow.artifact != row.artifact, DeploymentRow.cause != CANARY, DeploymentRow.run.is_not(None)).order_by(DeploymentRow.epoch.desc())).first()


def _permitted(
    session: Session, before: DeploymentRow | None, strengths: Mapping[str, str], doubts: Sequence[str], approval_public: bytes | None
) -> tuple[Promotion | None, str]:
    """The permission of the version before, or why there is none; what the database refuses leaves the stop as it is."""
    if before is None or before.run is None:
        return None, ""
    version = session.get_one(VersionRow, before.version_id).version
    try:
        with session.begin_nested():
            return permit(session, session.get_one(RunRow, before.run), ROLLBACK, strengths, doubts, approval_public), ""
    except IntegrityError as error:
        if (words := words_of_guard(error)) is None:
            raise
        return None, f"version {version} may not come back: {words}"
    except SQLAlchemyError:
        raise
    except Exception as error:  # whatever is wrong with what would come back, the stop stands
        return None, f"version {version} may not come back: {in_words(error)}"


def in_words(error: Exception) -> str:
    """What is wrong, for people."""
    return str(error) if isinstance(error, ModelOpsError) else repr(error)[:500]


def _then(row: DeploymentRow, promotion: Promotion | None, why_not: str) -> str:
    if promotion is not None:
        return f"version {promotion.version}, whose approvals hold, was permitted in its place"
    if row.cause == CANARY:
        return "nothing else changed"
    return f"{why_not or 'no other version was live there before it'}; the model is out of service there"
