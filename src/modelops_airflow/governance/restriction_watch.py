"""Watching restrictions: what is restricted and whose time is over is taken out of service."""

from __future__ import annotations

from sqlalchemy import select

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, VersionRow, VersionState
from .restrictions import in_force
from .stop import end_restricted
from .strategy import CANARY


def end_restrictions(register: Register) -> list[str]:
    """Stop every live version whose restriction is over; one line each."""
    with register.read() as session:
        at, late = database_time(session), list[int]()
        live = session.execute(select(DeploymentRow, VersionRow).join(VersionRow, VersionRow.id == DeploymentRow.version_id).where(
            DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.cause != CANARY, VersionRow.state == VersionState.RESTRICTED.value))
        for row, version in live:
            found = in_force(session, version, row.subject)
            if found is not None and found.ended(at):
                late.append(row.id)
    return [line for number in late if (line := end_restricted(register, number))]
