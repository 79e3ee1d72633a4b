"""Campaigns: what one change of rules makes uncertain goes on the queue, each model once for each cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import Digest, digest_of
from ..inventory.register import Register
from ..inventory.tables import CampaignRow, RecertificationRow, RecertificationState, RunRow
from ..ledger import append
from .documents import keep
from .transaction import governed

KIND = "recertification-found"
_AT_ONCE = 500
NO_WAY = "no life cycle of it looks at the version in use; add a review (uses: periodic-review) to its file, or release it anew"


@dataclass(frozen=True)
class Affected:
    """A model in use whose verdict does not stand by the rules as they are now.

    Attributes:
        standing: number of the run whose verdict stood.
        before, after: digests of that run's plan, and of the plan as it is now.
        expected: the verdict by stored evidence, or `needs a fresh run`.
        dag_id: that looks at the version in use; None where the model has none.
    """

    model_id: str
    tier: int
    standing: int
    before: str
    after: str | None
    verdict_before: str
    expected: str
    changes: tuple[str, ...]
    dag_id: str | None


@dataclass(frozen=True)
class Campaign:
    """One look at the fleet.

    Attributes:
        inputs: digest of all that it depended on; the same inputs need no second look.
        governance: digest of the rules.
        looked_at: how many models in use it looked at.
        unreadable: models of whose file nothing can be told; what waits for them stays.
    """

    inputs: Digest
    governance: str
    looked_at: int
    affected: tuple[Affected, ...]
    unreadable: tuple[str, ...] = ()


def last_inputs(session: Session) -> str | None:
    """What the last look depended on."""
    return session.scalars(select(CampaignRow.inputs).order_by(CampaignRow.id.desc()).limit(1)).first()


def record_campaign(register: Register, found: Campaign, by: str) -> list[str]:
    """Queue what is affected, take off what is not any more; a repeated look changes nothing. Answers one line if something changed."""
    with governed(register, KIND, by=by) as session:
        if last_inputs(session) == found.inputs:
            return []  # another round was first
        row = CampaignRow(inputs=found.inputs, looked_at=found.looked_at, affected=len(found.affected), unreadable=len(found.unreadable))
        causes = {one.model_id: cause_of(session, one) for one in found.affected}
        known = _known(session, list(causes.values()))
        put = [one for one in found.affected if _new(known.get((one.model_id, causes[one.model_id])), one)]
        taken = [one for one in known.values() if one.state == RecertificationState.WAITING and one.model_id not in found.unreadable
                 and causes.get(one.model_id) != one.cause]
        if put or taken:
            row.list = keep(session, [*(_listed(one, causes[one.model_id]) for one in put),
                                      *({"cause": one.cause, "model": one.model_id, "state": "not_needed"} for one in taken)])
        session.add(row)
        session.flush()
        now = database_time(session)
        for one in put:
            _put(session, known.get((one.model_id, causes[one.model_id])), one, causes[one.model_id], row.id, now)
        for gone in taken:
            gone.state, gone.ended_at, gone.reason = RecertificationState.NOT_NEEDED.value, now, "the rules changed again before it ran"
        if row.list is None:
            return []
        append(session, KIND, {"affected": len(found.affected), "by": by, "governance": found.governance, "inputs": found.inputs, "list": row.list,
                               "looked_at": found.looked_at, "put": len(put), "taken": len(taken), "unreadable": len(found.unreadable)})
        return [f"re-certification: {len(put)} of {found.looked_at} models in use are put on the queue, {len(taken)} taken off"]


def cause_of(session: Session, one: Affected) -> Digest:
    """What makes two looks the same: model, the run that stood, and the plan as it is now."""
    run = session.get_one(RunRow, one.standing)
    return digest_of({"after": one.after, "dag": run.dag_id, "model": one.model_id, "run": run.run_id})


def _known(session: Session, causes: Sequence[str]) -> dict[tuple[str, str], RecertificationRow]:
    """What waits, and what is on the queue for these causes already, whatever became of it."""
    rows = list(session.scalars(select(RecertificationRow).where(RecertificationRow.state == RecertificationState.WAITING.value)))
    for start in range(0, len(causes), _AT_ONCE):
        rows += session.scalars(select(RecertificationRow).where(RecertificationRow.cause.in_(causes[start:start + _AT_ONCE])))
    return {(one.model_id, one.cause): one for one in rows}


def _new(row: RecertificationRow | None, one: Affected) -> bool:
    """Whether there is something to queue: a new cause, one that had been taken off, or one that could not be run and now can."""
    return row is None or row.state == RecertificationState.NOT_NEEDED or (
        row.state == RecertificationState.FAILED and row.dag_id is None and one.dag_id is not None)


def _put(session: Session, row: RecertificationRow | None, one: Affected, cause: str, campaign: int, now: datetime) -> None:
    if row is None:
        row = RecertificationRow(
            model_id=one.model_id, cause=cause, standing=one.standing, before=one.before, after=one.after, verdict_before=one.verdict_before,
            expected=one.expected, changes=list(one.changes), tier=one.tier, attempt=0)
        session.add(row)
    able = one.dag_id is not None
    row.campaign, row.dag_id, row.attempt, row.starts, row.run_id = campaign, one.dag_id, row.attempt + 1, 0, None
    row.state = (RecertificationState.WAITING if able else RecertificationState.FAILED).value
    row.reason, row.ended_at = ("", None) if able else (NO_WAY, now)


def _listed(one: Affected, cause: str) -> Mapping[str, Any]:
    return {"after": one.after, "before": one.before, "cause": cause, "dag": one.dag_id, "expected": one.expected, "model": one.model_id,
            "state": "waiting" if one.dag_id is not None else "failed", "tier": one.tier, "verdict": one.verdict_before}
