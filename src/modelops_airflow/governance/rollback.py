"""Going back: to a version that was live in the slot and whose approvals still hold. It starts something, so not everybody may."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, or_, select

from ..approvals.identity import acting_roles, answers_for, person_of
from ..digest import digest_bytes
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, ModelRow, RunRow, VersionRow
from ..ledger import append
from .activate import active
from .promote import Promotion, permit
from .strategy import CANARY
from .transaction import Actor, governed


def rollback(
    register: Register, model_id: str, environment: str, version: str, actor: Actor, reason: str,
    *, strengths: Mapping[str, str], approval_public: bytes | None = None,
) -> Promotion:
    """Permit an earlier version again, or the one that should be live and that its place lost, under a new fence; the register is verified as
    in a release, and the stored evidence when it is published.

    Raises:
        Refused: neither the model's owner nor of the control side, no reason, the version was never live there.
        PromotionRefused: its approvals no longer hold.
    """
    with governed(register, "rollback", by=actor.label, model_id=model_id, environment=environment, version=version) as session:
        rules = active(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or not acting_roles(rules, person):
            raise Refused("governance.yaml gives you no role, or none that does more than read", "role")
        model = session.get(ModelRow, model_id)
        if model is None or not answers_for(rules, person, model.owner):
            raise Refused("only the model's owner or the control side goes back to an earlier version; anybody with a role may suspend it", "role")
        if not reason.strip():
            raise Refused("say why; a rollback needs a reason", "reason")
        before = session.scalars(
            select(DeploymentRow).join(VersionRow, VersionRow.id == DeploymentRow.version_id)
            .where(DeploymentRow.model_id == model_id, DeploymentRow.environment == environment,
                   VersionRow.version == version, or_(DeploymentRow.state == DeploymentState.SUPERSEDED.value, _lost()),
                   DeploymentRow.cause != CANARY)  # its run deploys to another environment, which that never was live in
            .order_by(DeploymentRow.id.desc())
        ).first()
        if before is None or before.run is None:
            raise Refused(f"version {version} of {model_id} was never live in {environment}, or is live there now", "never-live")
        permission = permit(session, session.get_one(RunRow, before.run), "rollback", strengths, approval_public=approval_public)
        append(session, "rollback", {"by": person, "environment": environment, "epoch": permission.epoch,
                                     "reason": digest_bytes(reason.encode()), "version": version}, model_id=model_id)
        return permission


def _lost() -> ColumnElement[bool]:
    """That a deployment is live, and its place showed something else when it was last looked at."""
    return and_(DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.observed_at.is_not(None), DeploymentRow.observed.is_distinct_from(DeploymentRow.artifact))
