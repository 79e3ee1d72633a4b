"""A real Airflow API server in its own processes and folder, with real users, for the browser tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from ui_bank import USERS, Bank

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).parent / "screenshots"
START_SECONDS = 180

DAGS = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

for model in ("credit-risk", "income-screen", "pricing-rules", "card-fraud"):
    for use in ("release", "monitor", "review"):
        with DAG(f"{model}.{use}", schedule=None, is_paused_upon_creation=False) as dag:
            EmptyOperator(task_id="pin")
        globals()[dag.dag_id] = dag
"""


@dataclass(frozen=True)
class Airflow:
    """The server and the bank behind it."""

    url: str
    bank: Bank


@contextmanager
def serve(home: Path) -> Iterator[Airflow]:
    """An API server over a bank of its own, both in `home`; stopped at the end."""
    (home / "dags").mkdir()
    (home / "dags" / "dags.py").write_text(DAGS)
    (home / "passwords.json").write_text(json.dumps({name: name for name in USERS}))
    port = _free_port()
    environment = _environment(home, port)
    register = Register(environment["AIRFLOW__MODELOPS__DATABASE_URL"])
    register.migrate()
    bank = Bank(register, BlobStore(environment["AIRFLOW__MODELOPS__EVIDENCE"])).open()
    for command in (["db", "migrate"], ["dags", "reserialize"]):
        subprocess.run([sys.executable, "-m", "airflow", *command], env=environment, check=True, capture_output=True,
                       timeout=300)
    with (home / "api-server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server", "--port", str(port), "--host", "127.0.0.1"],
            env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server, home / "api-server.log")
            yield Airflow(url, bank)
        finally:
            _stop(server)


def screenshot(page: Page, name: str) -> None:
    """Keep what the reader sees."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def _environment(home: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": "for-tests-only",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for-tests-only-and-long-enough-to-be-a-key",
        "AIRFLOW__MODELOPS__ROOT": str(home),
        "AIRFLOW__MODELOPS__DATABASE_URL": f"sqlite:///{home / 'register.db'}",
        "AIRFLOW__MODELOPS__EVIDENCE": str(home / "evidence"),
    }


def token_of(url: str, user: str) -> str:
    answer = httpx.post(f"{url}/auth/token", json={"username": user, "password": user}, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/api/v2/version", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"the API server did not answer:\n{log.read_text()[-4000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
            server.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
