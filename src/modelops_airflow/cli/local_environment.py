"""The environment variables of a complete local Airflow: everything that is not a default, in one place."""

from __future__ import annotations

import base64
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from ..settings import PREFIX
from .port import free_port


def local_environment(
    home: Path, root: Path, port: int, roles: Mapping[str, str], database: str | None = None, register: str | None = None
) -> dict[str, str]:
    """Variables for every process of one local Airflow.

    Args:
        home: Airflow's home, which also holds the register and the evidence.
        root: the project; DAGs come from `<root>/dags`.
        roles: Airflow role of each user of the simple auth manager.
        database: Airflow's own database; an SQLite file below home by default.
        register: our register; another SQLite file below home by default.
    """
    address = f"http://127.0.0.1:{port}"
    ours = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in roles.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database or f"sqlite:///{home / 'airflow.db'}",
        # A hop between two tasks costs 0.3 s instead of 1.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        # Two local Airflows on one machine must not fight for the log servers' ports.
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__MODELOPS__ROOT": str(root),
        "AIRFLOW__MODELOPS__DATABASE_URL": register or f"sqlite:///{home / 'register.db'}",
        "AIRFLOW__MODELOPS__EVIDENCE": str(home / "evidence"),
        "AIRFLOW__MODELOPS__CHECKPOINT_KEY": str(home / "keys" / "checkpoint.pem"),
        "AIRFLOW__MODELOPS__APPROVAL_PUBLIC_KEY": str(home / "keys" / "approval.pub.pem"),
        "AIRFLOW__MODELOPS__DEPLOYMENT_KEY": str(home / "keys" / "deployment.pem"),
        "AIRFLOW__MODELOPS__ANCHORS": f"file://{home.resolve() / 'anchors'}",
        "AIRFLOW__MODELOPS__FIRST_POLL": "6",
        "AIRFLOW__MODELOPS__POLL": "1",
        "AIRFLOW__MODELOPS__RETRY_DELAY": "5",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return _inherited() | ours


SHELL = "env.sh"
"""The file in a local Airflow's home that a second terminal sources to find it; nothing reads it by itself."""


def for_a_shell(environment: Mapping[str, str], programs: Path) -> str:
    """Lines for a shell: the command `modelops` on the PATH, and our options as this Airflow has them."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    return "\n".join(["# Written by modelops up. In a second terminal: source this file, and modelops works on this Airflow's records.",
                      f'export PATH={shlex.quote(str(programs))}:"$PATH"',
                      *(f"export {name}={shlex.quote(value)}" for name, value in ours.items()), ""])


def _inherited() -> dict[str, str]:
    """This process's variables without another Airflow's settings; its connections stay."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__") and name != "AIRFLOW_HOME"}
