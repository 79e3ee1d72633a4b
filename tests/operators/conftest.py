"""Operators run in this process, on a copy of the example project with a register of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))

import pytest
from workbench import Bench, found

from modelops_airflow.inventory.register import Register

PROJECT = Path(__file__).parents[2]


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
    found(register, root)
    return Bench(root, register)
