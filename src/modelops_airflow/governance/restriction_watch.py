"""Watching restrictions: what is restricted and whose time is over is taken out of service."""

from __future__ import annotations

from sqlalchemy import select

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, VersionRow
from ..ledger import EventRow
from .restrictions import BY_PERSON, RESTRICTED, in_force
from .stop import end_restricted
from .strategy import CANARY


def end_restrictions(register: Register) -> list[str]:
    """Stop every live version whose restriction is over; one line each. The ledger says what is restricted, whatever the version's state."""
    with register.read() as session:
        at, late = database_time(session), list[int]()
        ever = set(session.scalars(select(EventRow.model_id).where(EventRow.kind.in_((RESTRICTED, BY_PERSON)), EventRow.outcome == "done").distinct()))
        live = session.execute(select(DeploymentRow, VersionRow).join(VersionRow, VersionRow.id == DeploymentRow.version_id).where(
            DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.cause != CANARY, DeploymentRow.model_id.in_(ever)))
        for row, version in live:
            found = in_force(session, version, row.subject)
            if found is not None and found.ended(at):
                late.append(row.id)
    return [line for number in late if (line := end_restricted(register, number))]
