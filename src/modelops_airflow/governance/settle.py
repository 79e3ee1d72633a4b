"""Settling: what the record says of runs that were started. A run on record counts, and a start that got lost is made again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import RecertificationRow, RecertificationState, RunRow
from ..ledger import append
from .claim import LEASE
from .counted import outcome
from .on_record import decided_facts
from .start import RunKey, run_row
from .transaction import governed
from .versions import live

ENDED = "recertification-ended"
MOST_STARTS = 5
"""How often a start may get lost before somebody must look."""

Seen = Callable[[str, str], str | None]
"""Airflow's word for a run (queued, running, success, failed) by DAG and run; None for one that it does not know. It is never believed for a verdict."""


def settle(register: Register, seen: Seen) -> list[str]:
    """End what has come to something, renew what still runs, and put back what was lost; answers one line each that moved."""
    with register.read() as session:
        running = [(row.id, str(row.dag_id), str(row.run_id)) for row in _running(session)]
    if not running:
        return []
    states = {key: seen(dag, run) for key, dag, run in running}  # Airflow is asked while nobody waits for the ledger
    told = []
    with governed(register, ENDED, by="recertify") as session:
        now = database_time(session)
        for row in _running(session):
            line = _settle(session, row, states.get(row.id), now)
            told += [line] if line else []
    return told


def _running(session: Session) -> list[RecertificationRow]:
    return list(session.scalars(select(RecertificationRow).where(RecertificationRow.state == RecertificationState.RUNNING.value)
                                .order_by(RecertificationRow.id)))


def _settle(session: Session, row: RecertificationRow, airflow: str | None, now: datetime) -> str:
    run = run_row(session, RunKey(str(row.dag_id), str(row.run_id)))
    told = decided_facts(session, run) if run is not None else None
    if run is not None and told is not None:
        state, reason = outcome(session, row, run, told)
        row.verdict = run.verdict if state is RecertificationState.DONE else None
        return _end(session, row, state, reason, now)
    if airflow in ("failed", "success"):
        return _end(session, row, *_without_verdict(session, row, run, airflow), now)
    if airflow is not None:
        if row.lease_until is None or row.lease_until < now + LEASE / 2:
            row.lease_until = now + LEASE
        return ""
    if row.lease_until is not None and now < row.lease_until:
        return ""
    if row.starts >= MOST_STARTS:
        return _end(session, row, RecertificationState.FAILED, f"Airflow knows no run of it after {row.starts} starts; look at the DAG modelops.recertify", now)
    return _end(session, row, RecertificationState.WAITING, "its start was lost", now)


def _without_verdict(session: Session, row: RecertificationRow, run: RunRow | None, airflow: str) -> tuple[RecertificationState, str]:
    """A run that is over and decided nothing: nothing is in use any more, or it failed. It is never taken for passed."""
    if run is None and airflow == "success" and live(session, row.model_id) is None:
        return RecertificationState.NOT_NEEDED, "nothing of it is in use any more"
    return RecertificationState.FAILED, f"its run ended without a decision (Airflow says {airflow}); look at run {row.run_id} of {row.dag_id}"


def _end(session: Session, row: RecertificationRow, state: RecertificationState, reason: str, now: datetime) -> str:
    row.state, row.reason, row.lease_holder, row.lease_until = state.value, reason, None, None
    row.ended_at = None if state is RecertificationState.WAITING else now
    append(session, ENDED, {"attempt": row.attempt, "cause": row.cause, "dag": row.dag_id, "run": row.run_id, "state": state.value, "verdict": row.verdict},
           model_id=row.model_id)
    return f"{row.model_id}: {state.value}{f' ({row.verdict})' if row.verdict else ''}{f', {reason}' if reason else ''}"
