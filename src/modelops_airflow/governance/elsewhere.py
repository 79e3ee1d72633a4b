"""Elsewhere: a deployment stays where it was made until it ends there, whatever place governance names by now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import DeploymentRow, DeploymentState
from ..policy.place import Place, place_in
from ..spec.types import Governance
from .versions import finding_in, open_finding

_UNDER_WAY = (DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value, DeploymentState.LIVE.value)


def place_of(row: DeploymentRow, governance: Governance) -> Place:
    """Where a deployment was made; a row of the first release, whose governance nobody knows any more, where its environment is now."""
    if row.options is not None:
        return Place(row.target, row.options)
    return place_in(governance, row.environment) or Place(row.target, {})


def finding_of(environment: str) -> str:
    """The kind of the finding that says that something is, or may be, at another place than governance names."""
    return finding_in(environment, "elsewhere")


def say_what_moved(session: Session, governance: Governance) -> None:
    """Open a finding for each deployment under way at another place than governance names from now on."""
    for row in session.scalars(select(DeploymentRow).where(DeploymentRow.state.in_(_UNDER_WAY)).order_by(DeploymentRow.id)):
        say_if_elsewhere(session, governance, row)


def say_if_elsewhere(session: Session, governance: Governance, row: DeploymentRow) -> None:
    """Open a finding if a deployment was made at another place than governance names; converging closes it."""
    here, named = place_of(row, governance), place_in(governance, row.environment)
    if here != named:
        open_finding(session, row.model_id, finding_of(row.environment), "high", elsewhere(row.environment, [here], named))


def elsewhere(environment: str, places: Sequence[Place], named: Place | None) -> str:
    """What the finding says."""
    where = ", ".join(str(place) for place in places)
    says = f"has {environment} at {named} now" if named is not None else f"has no environment {environment} any more"
    then = "release it again to move it, or suspend it" if named is not None else "suspend it, or give it its environment back"
    return f"it is in service, or was left, at {where}, and governance {says}; {then}"
