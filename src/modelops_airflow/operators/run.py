"""The run of a task: settings, register, store and the pinned plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import Refused
from ..evidence.store import BlobStore
from ..governance.activate import active
from ..governance.start import RunKey, pinned
from ..inventory.register import Register
from ..plan import Plan
from ..plan.schedule import last_tick
from ..registry import load_extensions
from ..spec.project import Project
from ..steps.register_journal import RegisterJournal
from ..steps.run import Interval, Run
from .settings import approval_public, settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

UNKNOWN = "unknown"
"""Who started a run that Airflow tells nobody for."""


def key_of(context: Context) -> RunKey:
    """The run as the register names it."""
    run = context["dag_run"]
    return RunKey(run.dag_id, run.run_id)


def open_run(context: Context) -> Run:
    """The run that this task belongs to, as its first task pinned it.

    Raises:
        Refused: nothing was pinned; the first task has not run.
    """
    load_extensions()
    settings = settings_from_airflow()
    register, key = Register(settings.database_url), key_of(context)
    with register.read() as session:
        about = pinned(session, key)
        roots = active(session).artifact_roots
    if about is None:
        raise Refused(f"run {key.run_id} of {key.dag_id} was not pinned; run its first step", "unpinned")
    plan, journal = Plan.from_json(about.plan), RegisterJournal(register, key)
    run = Run(
        plan=plan, artifact=about.artifact, artifact_name=about.artifact_name,
        project=Project(settings.root), roots=roots, store=BlobStore(settings.evidence),
        journal=journal, interval=interval_of(context, plan, journal.started()), connections=connection_url,
        settings=settings, approval_public=approval_public(settings), id=key.run_id,
    )
    return as_approved(run) if run.plan.pinned else run


def as_approved(run: Run) -> Run:
    """A run that repeats the approved one looks at the time that it looked at.

    Raises:
        EvidenceError: no run was approved, or its records are not what was approved.
    """
    from ..steps.approved import approved
    from ..steps.rerun import interval_of as measured_interval

    return replace(run, interval=measured_interval(approved(run)))


def interval_of(context: Context, plan: Plan, started: datetime) -> Interval:
    """The data interval of a run; without one the day before it.

    Who starts a run by hand or by another DAG may name any interval to Airflow, and any moment to run after. Neither is taken of a run that
    speaks for the model of today: it looks at the last whole interval of its schedule. One for a past day may look where it likes, and says so
    (`as_of`).
    """
    run: Any = context["dag_run"]
    if _kind(run) not in ("scheduled", "backfill") and not plan.as_of:
        return _last_interval(plan.schedule, started)
    start, end = run.data_interval_start, run.data_interval_end
    if start is not None and end is not None and start < end:
        return Interval(start, end)
    return Interval(run.run_after - timedelta(days=1), run.run_after)


def _last_interval(schedule: str | None, now: datetime) -> Interval:
    """The last whole interval of a schedule, as Airflow takes it; the day before where there is none."""
    end = last_tick(schedule, now) if schedule is not None and schedule != "@once" else None
    start = last_tick(schedule, end - timedelta(minutes=1)) if schedule is not None and end is not None else None
    return Interval(start, end) if start is not None and end is not None else Interval(now - timedelta(days=1), now)


def past_day(context: Context) -> date | None:
    """The day that a backfill, or a run with a logical date that somebody else than the scheduler started, is about, if it is over, UTC; None of a run about now.

    What the scheduler starts late is about now: it looks at the interval that it missed, under the policies of today.
    """
    run: Any = context["dag_run"]
    kind = _kind(run)
    moment = run.data_interval_end if kind == "backfill" else getattr(run, "logical_date", None) if kind != "scheduled" else None
    day = None if moment is None else moment.astimezone(UTC).date()
    return day if day is not None and day < datetime.now(UTC).date() else None


def started_by(context: Context) -> str:
    """Who started the run, as Airflow says; `schedule` where nobody did."""
    run: Any = context["dag_run"]
    if run.triggering_user_name:
        return str(run.triggering_user_name)
    return "schedule" if _kind(run) == "scheduled" else UNKNOWN


def _kind(run: Any) -> str:
    return str(getattr(run.run_type, "value", run.run_type))


def connection_url(name: str) -> str:
    """URL of an Airflow connection."""
    from airflow.sdk import BaseHook

    return str(BaseHook.get_connection(name).get_uri())
