"""The budget of re-certification: runs at once, runs and task hours in any 24 hours, counted from the ledger and from how long runs took."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..inventory.tables import RecertificationRow, RecertificationState, RunRow
from ..ledger import EventRow
from ..spec.types import Recertification

STARTED = "recertification-started"
DAY = timedelta(days=1)
_RECENT = 5
_HOUR = 3600


@dataclass(frozen=True)
class Room:
    """What may still be started now.

    Attributes:
        hours: task hours; None where they are not counted.
    """

    runs: int
    hours: float | None


def room(session: Session, rules: Recertification, now: datetime) -> Room:
    """What the budget leaves."""
    running = session.scalar(select(func.count()).where(RecertificationRow.state == RecertificationState.RUNNING.value)) or 0
    started = starts_since(session, now - DAY)
    left = max(0, min(rules.at_once - running, rules.per_day - len(started)))
    return Room(left, None if rules.hours_per_day is None else rules.hours_per_day - spent(session, started, now))


def starts_since(session: Session, since: datetime) -> set[tuple[str, str]]:
    """DAG and run of what was started; the same run that was started again after its first start got lost counts once."""
    rows = session.scalars(select(EventRow.body).where(EventRow.kind == STARTED, EventRow.outcome == "done", EventRow.at > since))
    return {(facts["dag"], facts["run"]) for facts in (json.loads(body)["facts"] for body in rows)}


def spent(session: Session, started: Collection[tuple[str, str]], now: datetime) -> float:
    """Task hours of what was started: what it took, so far or as runs of its DAG usually do."""
    usual = usual_hours(session, {dag for dag, _ in started})
    rows = session.scalars(select(RunRow).where(RunRow.run_id.in_([run for _, run in started])))
    took = {(row.dag_id, row.run_id): ((row.decided_at or now) - row.started_at).total_seconds() / _HOUR for row in rows}
    return sum(took.get(one, usual[one[0]]) for one in started)


def usual_hours(session: Session, dags: Collection[str]) -> Mapping[str, float]:
    """DAG -> the median of its last five decided runs, in hours; that of all others where it has none, and 0 where none of them has."""
    rows = session.execute(select(RunRow.dag_id, RunRow.started_at, RunRow.decided_at).where(
        RunRow.dag_id.in_(sorted(dags)), RunRow.decided_at.is_not(None)).order_by(RunRow.id.desc()))
    known = median_hours((dag, start, end) for dag, start, end in rows)
    other = median(known.values()) if known else 0.0
    return {dag: known.get(dag, other) for dag in dags}


def median_hours(stretches: Iterable[tuple[str, datetime, datetime | None]]) -> dict[str, float]:
    """By name the median of the first five of its stretches, in hours; one that has no end counts for nothing."""
    took: dict[str, list[float]] = defaultdict(list)
    for name, start, end in stretches:
        if end is not None and len(took[name]) < _RECENT:
            took[name].append((end - start).total_seconds() / _HOUR)
    return {name: median(hours) for name, hours in took.items() if hours}
