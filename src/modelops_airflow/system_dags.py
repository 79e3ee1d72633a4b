"""The DAGs of the installation itself, each every minute: files into the register, messages to people, re-certification after a change."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, CronDataIntervalTimetable

from .operators.notify import NotifyOperator
from .operators.sync import SyncOperator

SYNC, NOTIFY, RECERTIFY = "modelops.sync", "modelops.notify", "modelops.recertify"
SYSTEM = frozenset({SYNC, NOTIFY, RECERTIFY})
PATIENCE = timedelta(minutes=10)
"""How long one round may take: what hangs at one place must not be the last look at all the others."""
_SOON = timedelta(seconds=5)
START = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - a fixed date keeps DAGs the same


def sync_dag() -> DAG:
    """Brings files into the register, and looks at targets after it."""
    dag = _every_minute(SYNC, "Brings model files and governance into the register and looks at every target.")
    SyncOperator(task_id="sync", execution_timeout=PATIENCE, dag=dag)
    return dag


def notify_dag() -> DAG:
    """Tells people, where governance.yaml tells anybody; a server that hangs must not hold up `modelops.sync`."""
    dag = _every_minute(NOTIFY, "Tells people what happened and what is due, as governance.yaml says.")
    NotifyOperator(task_id="notify", execution_timeout=PATIENCE, dag=dag)
    return dag


def recertify_dag(pool: str) -> DAG:
    """Re-certifies models after a change of rules: it settles, claims what the budget leaves, and starts that."""
    from .operators import recertify  # Airflow's operator that triggers is not for every task process

    dag = _every_minute(RECERTIFY, "Runs again what a changed policy, pack or governance makes uncertain, by tier and within the budget.")
    claimed = recertify.ClaimOperator(task_id="claim", execution_timeout=PATIENCE, pool=pool, retries=2, retry_delay=_SOON, dag=dag)
    recertify.StartOperator.partial(task_id="start", execution_timeout=PATIENCE, pool=pool, retries=2, retry_delay=_SOON,
                                    outlets=[recertify.RECERTIFY], dag=dag).expand(claimed=claimed.output)
    return dag


def _every_minute(name: str, what: str) -> DAG:
    return DAG(
        dag_id=name,
        description=what,
        schedule=CronDataIntervalTimetable("* * * * *", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags={"modelops"},
    )
