"""Claiming: the next models to run, by tier and age, within the budget and under a lease. Writers take turns, so nobody claims a model twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import RecertificationRow, RecertificationState
from ..ledger import append
from ..spec.types import Recertification
from .activate import active, row_of
from .budget import STARTED, room, usual_hours
from .pause import paused
from .transaction import governed

LEASE = timedelta(minutes=10)
"""How long who claimed a model has until its run is on record, or known to Airflow."""


@dataclass(frozen=True)
class Claim:
    """A model that its holder is to start.

    Attributes:
        run_id: the same each time that this attempt is started, and not to be guessed before; Airflow has a run of a name once.
    """

    row: int
    model_id: str
    dag_id: str
    run_id: str


def claim(register: Register, holder: str) -> list[Claim]:
    """Take what may run now; asked again, the same holder is answered what it has.

    Args:
        holder: who starts them; another one gets nothing of it before the lease ends.
    """
    with register.read() as session:
        if not _rows(session, RecertificationState.WAITING) and not _held(session, holder):
            return []  # most rounds: no turn at the ledger is taken
    with governed(register, STARTED, by=holder) as session:
        mine = _held(session, holder)
        if row_of(session, "active") is None or paused(session) is not None:
            return [_claim(row) for row in mine]
        now = database_time(session)
        chosen = _chosen(session, active(session).recertification or Recertification(), now)
        for row in chosen:
            _take(session, row, holder, now)
        return [_claim(row) for row in (*mine, *chosen)]


def still_held(register: Register, row: int, holder: str) -> Claim | None:
    """What a row says that its holder is to start; None if another has it, or its lease is over."""
    with register.read() as session:
        found = session.get(RecertificationRow, row)
        if found is None or found.state != RecertificationState.RUNNING or found.lease_holder != holder or _over(found, database_time(session)):
            return None
        return _claim(found)


def was_claimed(register: Register, dag_id: str, run_id: str) -> bool:
    """Whether a run is one that re-certification started, as the register has it."""
    with register.read() as session:
        return session.scalars(select(RecertificationRow.id).where(RecertificationRow.dag_id == dag_id, RecertificationRow.run_id == run_id)).first() is not None


def _chosen(session: Session, rules: Recertification, now: datetime) -> list[RecertificationRow]:
    """Waiting rows by tier, then the oldest, as many as fit; one too long for the hours left does not hold up a shorter one."""
    left = room(session, rules, now)
    busy = {row.model_id for row in _rows(session, RecertificationState.RUNNING)}  # for an earlier cause: one run of a model at a time
    waiting = [row for row in _rows(session, RecertificationState.WAITING) if row.model_id not in busy] if left.runs else []
    if left.hours is None:
        return waiting[:left.runs]
    hours, usual = left.hours, usual_hours(session, {str(row.dag_id) for row in waiting})
    chosen: list[RecertificationRow] = []
    for row in waiting:
        if len(chosen) < left.runs and hours > 0 and usual[str(row.dag_id)] <= hours:
            chosen.append(row)
            hours -= usual[str(row.dag_id)]
    return chosen


def _take(session: Session, row: RecertificationRow, holder: str, now: datetime) -> None:
    row.state, row.lease_holder, row.lease_until = RecertificationState.RUNNING.value, holder[:300], now + LEASE
    if row.run_id is None:  # a start that got lost is made again under the name that it had
        row.started_at, row.run_id = now, f"recertify__{row.id}_{row.attempt}_{token_hex(8)}"  # nobody has a run of that name before
    row.starts += 1
    append(session, STARTED, {"attempt": row.attempt, "by": holder, "cause": row.cause, "dag": row.dag_id, "run": row.run_id}, model_id=row.model_id)


def _rows(session: Session, state: RecertificationState) -> Sequence[RecertificationRow]:
    return session.scalars(select(RecertificationRow).where(RecertificationRow.state == state.value, RecertificationRow.dag_id.is_not(None))
                           .order_by(RecertificationRow.tier, RecertificationRow.created_at, RecertificationRow.id)).all()


def _held(session: Session, holder: str) -> list[RecertificationRow]:
    now = database_time(session)
    return [row for row in _rows(session, RecertificationState.RUNNING) if row.lease_holder == holder and not _over(row, now)]


def _over(row: RecertificationRow, now: datetime) -> bool:
    return row.lease_until is None or row.lease_until <= now


def _claim(row: RecertificationRow) -> Claim:
    return Claim(row.id, row.model_id, str(row.dag_id), str(row.run_id))
