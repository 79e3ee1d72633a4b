"""A real Airflow API server with our plugin, real users, and Chromium.

Without chromium the tests are skipped on a laptop and fail in CI.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))

from ui_bank import USERS, Bank

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SCREENSHOTS = Path(__file__).parent / "screenshots"
START_SECONDS = 180

SEED_DAGS = """
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.utils.session import create_session
with create_session() as session:
    session.merge(DagBundleModel(name="dags-folder"))
    session.flush()
    for model in ("credit-risk", "income-screen", "pricing-rules", "card-fraud"):
        for use in ("release", "monitor", "review"):
            session.add(DagModel(dag_id=f"{model}.{use}", bundle_name="dags-folder", is_stale=False, is_paused=False,
                                 fileloc="modelops_dags.py", relative_fileloc="modelops_dags.py", timetable_type="",
                                 timetable_summary=None))
"""


@dataclass(frozen=True)
class Airflow:
    """The server and the bank behind it."""

    url: str
    bank: Bank


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "chromium is not installed (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def airflow(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """An API server of its own, over a register of its own."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    (home / "passwords.json").write_text(json.dumps({name: name for name in USERS}))
    port = _free_port()
    environment = _environment(home, port)
    register = Register(environment["AIRFLOW__MODELOPS__DATABASE_URL"])
    register.migrate()
    bank = Bank(register, BlobStore(environment["AIRFLOW__MODELOPS__EVIDENCE"])).open()
    for command in (["-m", "airflow", "db", "migrate"], ["-c", SEED_DAGS]):
        subprocess.run([sys.executable, *command], env=environment, check=True, capture_output=True, timeout=300)
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


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without any traffic of its own."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                 "--no-first-run", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(airflow: Airflow, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of Airflow as a user, in a theme; at the end the console must hold no error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def go(user: str, path: str, theme: str = "light") -> Page:
        context = browser.new_context(base_url=airflow.url, viewport={"width": 1500, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies([{"name": "_token", "value": _token(airflow.url, user), "url": airflow.url}])
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    ours = [error for error in errors if "Failed to load resource" not in error]
    assert ours == []


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


def _token(url: str, user: str) -> str:
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
