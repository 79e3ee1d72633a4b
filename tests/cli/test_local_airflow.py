"""The local Airflow's environment and processes; that it starts for real is shown by the end-to-end tests."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from modelops_airflow.cli.child import Child
from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.cli.up import forget
from modelops_airflow.errors import DataError, ModelOpsError

USERS = {"risk-1": ("viewer", "one"), "admin": ("admin", "two")}


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except OSError:
        return False


def test_another_airflows_settings_do_not_leak_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__WEBSERVER__X", "1")
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "sqlite://")

    found = LocalAirflow(tmp_path, tmp_path, 8080, USERS).environment

    assert found["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__WEBSERVER__X" not in found
    assert found["AIRFLOW_CONN_WAREHOUSE"] == "sqlite://"
    assert found["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "risk-1:viewer,admin:admin"


def test_secrets_differ_between_instances(tmp_path: Path) -> None:
    first, second = (LocalAirflow(tmp_path, tmp_path, 8080, USERS).environment for _ in range(2))

    for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"):
        assert first[name] != second[name]


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ModelOpsError, match="is taken by another program"):
            LocalAirflow(tmp_path, tmp_path, other.getsockname()[1], USERS).start()


def test_a_child_takes_its_grandchildren_along(tmp_path: Path) -> None:
    script = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True);" \
             "import time; time.sleep(60)"
    child = Child("one", [sys.executable, "-c", script], os.environ, tmp_path / "one.log", tmp_path)
    until = time.monotonic() + 20
    while not child.tail() and time.monotonic() < until:
        time.sleep(0.05)
    grandchild = int(child.tail())
    assert alive(grandchild)

    child.kill()

    while alive(grandchild) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(grandchild)
    assert not alive(child.pid)


def test_a_child_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    airflow = LocalAirflow(tmp_path, tmp_path, 8080, USERS)
    child = Child("scheduler", [sys.executable, "-c", "print('no database'); raise SystemExit(3)"], os.environ,
                  tmp_path / "scheduler.log", tmp_path)
    assert child.wait(20)
    airflow._children.append(child)

    with pytest.raises(ModelOpsError, match=r"scheduler ended with exit code 3(.|\n)*no database"):
        airflow.wait_ready(1)
    airflow.stop()


def test_passwords_are_for_their_owner_alone(tmp_path: Path) -> None:
    airflow = LocalAirflow(tmp_path / "home", tmp_path, 8080, USERS)
    airflow._prepare()

    assert (tmp_path / "home" / "passwords.json").stat().st_mode & 0o077 == 0


def test_a_demo_forgets_only_what_a_demo_made(tmp_path: Path) -> None:
    home, live = tmp_path / ".demo", tmp_path / "live"
    live.mkdir()
    with pytest.raises(DataError, match="no demo made"):
        forget(home, [live])
    home.mkdir()
    (home / "airflow.db").write_text("", encoding="utf-8")

    forget(home, [live])

    assert not list(home.iterdir())
    assert not live.exists()
