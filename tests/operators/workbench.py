"""A project, its register, and contexts as Airflow gives them to tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from modelops_airflow.inventory.register import Register


def found(register: Register, root: Path) -> None:
    """Two people of the control side put the example project's governance in force."""
    from modelops_airflow.governance.activate import activate, propose
    from modelops_airflow.governance.transaction import Actor
    from modelops_airflow.spec.read import read_governance

    source = read_governance(root / "dags" / "governance.yaml")
    propose(register, source.canonical, "sync")
    for who in ("validator-1", "risk-1"):
        activate(register, source.digest, Actor("simple", who, who))


@dataclass(frozen=True)
class Bench:
    """A project, its register, and contexts as Airflow gives them to tasks."""

    root: Path
    register: Register

    def context(self, dag_id: str, run_id: str = "manual__1", *, user: str | None = "credit-owner") -> Any:
        """What a task of a run sees."""
        run = SimpleNamespace(dag_id=dag_id, run_id=run_id, triggering_user_name=user, run_type="manual",
                              data_interval_start=None, data_interval_end=None, run_after=datetime(2026, 11, 1, tzinfo=UTC))
        return {"dag_run": run}
