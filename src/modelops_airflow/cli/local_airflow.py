"""A complete Airflow on this machine: API server, scheduler, DAG processor and triggerer.

    with LocalAirflow(home, root, 8080, {"admin": ("admin", "secret")}) as airflow:
        airflow.wait_ready(120, print)
        ...

Four processes instead of `airflow standalone`: users and passwords are given, each has its log, and
nothing is left running.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import ModelOpsError
from .child import Child
from .local_environment import SHELL, for_a_shell, local_environment
from .local_keys import for_api_server, make_keys
from .port import require_free

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
HEALTH = ("metadatabase", "scheduler", "dag_processor", "triggerer")
STOP_SECONDS = 8.0

Progress = Callable[[str], None]


class LocalAirflow:
    """One Airflow with its own home, users and port.

    Attributes:
        environment: variables of every process; change before `start`.
        alone: further variables of one process and no other, by its name; change before `start`.
        python: the interpreter that Airflow runs in; ours, unless changed before `start`.
        url: where it answers.
    """

    def __init__(
        self, home: Path, root: Path, port: int, users: Mapping[str, tuple[str, str]],
        database: str | None = None, register: str | None = None,
    ) -> None:
        """Nothing is written or started yet.

        Args:
            home: Airflow's home; register, evidence and logs go there too.
            root: the project, which holds `dags/`.
            users: name -> (Airflow role: viewer, user, op or admin; password).
            database: Airflow's database, register: ours; SQLite files below home by default.
        """
        self.home, self.root, self.port, self.users = home.resolve(), root.resolve(), port, dict(users)
        self.url = f"http://127.0.0.1:{port}"
        self.alone: dict[str, Mapping[str, str]] = {"api-server": for_api_server(self.home)}
        self.python = sys.executable
        roles = {name: role for name, (role, _) in self.users.items()}
        self.environment = local_environment(self.home, self.root, port, roles, database, register)
        self._children: list[Child] = []

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.home / "logs"

    def migrate(self) -> None:
        """Make or upgrade Airflow's database and the register."""
        self._prepare()
        self._run("airflow", "db", "migrate")
        from ..inventory.register import Register

        Register(self.environment["AIRFLOW__MODELOPS__DATABASE_URL"]).migrate()

    def start(self) -> None:
        """Start the four processes.

        Raises:
            ModelOpsError: something listens on the port already.
        """
        require_free(self.port)
        self._prepare()
        for name in COMPONENTS:
            self._children.append(Child(
                name, [self.python, "-m", "airflow", name], {**self.environment, **self.alone.get(name, {})},
                self.logs / f"{name}.log", self.home,
            ))

    def wait_ready(self, timeout: float = 180, progress: Progress | None = None) -> None:
        """Wait until all four are healthy.

        Raises:
            ModelOpsError: a process ended, or it took longer than `timeout` seconds; with the end of its log.
        """
        began, waiting = time.monotonic(), list(HEALTH)
        while waiting:
            self.check_alive()
            health = self.health()
            for name in [one for one in waiting if health.get(one, {}).get("status") == "healthy"]:
                waiting.remove(name)
                if progress:
                    progress(f"{name.replace('_', '-')} is up after {time.monotonic() - began:.0f} s")
            if waiting and time.monotonic() - began > timeout:
                raise ModelOpsError(f"{', '.join(waiting)} not healthy after {timeout:.0f} s; logs are in {self.logs}\n{self._tails()}")
            time.sleep(0.3)

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        """What the API server says of the parts; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310 - our own address
                return dict(json.load(answer))
        except (OSError, ValueError):
            return {}

    def check_alive(self) -> None:
        """Make sure that no process has ended.

        Raises:
            ModelOpsError: one has; with the end of its log.
        """
        for child in self._children:
            if child.exit_code is not None:
                raise ModelOpsError(f"{child.name} ended with exit code {child.exit_code}; log: {child.log}\n{child.tail()}")

    def stop(self) -> None:
        """Stop everything that was started; a second Ctrl-C kills at once."""
        until = time.monotonic() + STOP_SECONDS
        with contextlib.suppress(KeyboardInterrupt):
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.wait(until - time.monotonic())
        for child in self._children:
            child.kill()
        self._children.clear()

    def __enter__(self) -> LocalAirflow:
        """Migrate and start."""
        try:
            self.migrate()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _prepare(self) -> None:
        (self.home / "plugins").mkdir(parents=True, exist_ok=True)
        make_keys(self.home)
        for name, text in (
            ("passwords.json", json.dumps({name: password for name, (_, password) in self.users.items()})),
            (SHELL, for_a_shell(self.environment, Path(self.python).parent)),
        ):
            path = self.home / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [self.python, "-m", *arguments], env=self.environment, cwd=self.home, capture_output=True, text=True, check=False,
        )
        if done.returncode:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise ModelOpsError(f"{' '.join(arguments)} ended with exit code {done.returncode}\n{end}")

    def _tails(self) -> str:
        return "\n".join(f"--- {child.name}\n{child.tail()}" for child in self._children)
