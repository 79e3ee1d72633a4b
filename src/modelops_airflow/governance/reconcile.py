"""Reconciling: what the register says is live, against what each target shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow, SlotRow, VersionRow
from ..ledger import append
from .activate import active, row_of
from .promote import Promotion, promotion_of
from .transaction import governed
from .versions import close_finding, open_finding

_GIVE_UP = timedelta(minutes=30)


@dataclass(frozen=True)
class SlotState:
    """What one slot should show.

    Attributes:
        wanted: digest that should be live; None for nothing.
        pending: a permitted deployment that has not been read back yet.
        stalled: that deployment has been pending for so long that its task is surely gone.
    """

    model: str
    environment: str
    epoch: int
    wanted: str | None
    live: int | None
    pending: Promotion | None
    stalled: bool
    target: str
    options: Mapping[str, Any]


def slots(register: Register, model_id: str | None = None) -> list[SlotState]:
    """Every slot, or those of a model."""
    with register.read() as session:
        if row_of(session, "active") is None:
            return []  # before the first governance nothing was ever deployed
        places, now = active(session).environments, database_time(session)
        query = select(SlotRow).order_by(SlotRow.id)
        if model_id is not None:
            query = query.where(SlotRow.model_id == model_id)
        found = []
        for slot in session.scalars(query):
            place = places.get(slot.environment)
            if place is None:
                continue
            rows = list(session.scalars(select(DeploymentRow).where(DeploymentRow.slot == slot.id).order_by(DeploymentRow.id)))
            live = next((row for row in rows if row.state == DeploymentState.LIVE), None)
            open_one = next((row for row in rows if row.state in (DeploymentState.INTENT, DeploymentState.PUBLISHING)), None)
            pending = None
            if open_one is not None and open_one.run is not None:
                version = session.get_one(VersionRow, open_one.version_id)
                pending = promotion_of(open_one, session.get_one(RunRow, open_one.run), version, place.target, place.with_)
            stalled = open_one is not None and (open_one.cause in ("rollback", "break-glass") or now - open_one.at > _GIVE_UP)
            found.append(SlotState(slot.model_id, slot.environment, slot.epoch, live.artifact if live else None,
                                   live.id if live else None, pending, stalled, place.target, place.with_))
        return found


def observe(register: Register, slot: SlotState, shown: str | None, *, dangling: bool = False) -> bool:
    """Note what a target shows for a slot; answers whether it is what the register says.

    A difference opens a finding: either somebody wrote to the target past us, or it lost something.
    """
    same = shown == slot.wanted and not dangling
    kind = f"target-differs-{slot.environment}"[:50]
    with governed(register, "observed", by="system", model_id=slot.model) as session:
        if slot.live is not None:
            row = session.get_one(DeploymentRow, slot.live)
            row.observed, row.observed_at = shown, database_time(session)
        if same:
            changed = close_finding(session, slot.model, kind)
        else:
            changed = open_finding(session, slot.model, kind, "critical",
                                   f"{slot.environment} shows {shown or ('something that is not there' if dangling else 'nothing')}, the register says {slot.wanted or 'nothing'}")
        if changed:
            append(session, "observed", {"environment": slot.environment, "same": same, "shown": shown}, model_id=slot.model)
    return same
