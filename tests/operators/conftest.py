"""Operators run in this process, on a copy of the example project with a register of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))

import pytest

from modelops_airflow.inventory.register import Register

PROJECT = Path(__file__).parents[2]


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


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A fresh project and register."""
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    url = f"sqlite:///{tmp_path / 'register.db'}"
    for name, value in {"ROOT": root, "DATABASE_URL": url, "EVIDENCE": tmp_path / "evidence"}.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", str(value))
    register = Register(url)
    register.migrate()
    return Bench(root, register)
