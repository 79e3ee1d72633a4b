"""modelops doctor --preflight: is this Airflow ready for us? Asked through Airflow's own command line."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .doctor import Finding
from .here import Here

SUPPORTED = "3.3."
_SECONDS = 120


def look_at_airflow(local: Here) -> list[Finding]:
    """Airflow's version, database, plugins, triggerer and folders."""
    try:
        found = version("apache-airflow-core")
    except PackageNotFoundError:
        return [Finding("Airflow", "bad", "it is not installed beside this command", "install us into Airflow's environment")]
    first = Finding("Airflow", "ok", found) if found.startswith(SUPPORTED) else Finding(
        "Airflow", "bad", f"version {found}", "this release works with Airflow 3.3")
    with ThreadPoolExecutor(max_workers=4) as pool:
        looks = (_database, _plugin, _triggerer, lambda: _folders(local))
        return [first, *(future.result() for future in [pool.submit(look) for look in looks])]


def _database() -> Finding:
    code, told = _airflow("db", "check")
    if code:
        return Finding("Airflow's database", "bad", _last(told), "see [database] sql_alchemy_conn in airflow.cfg")
    return Finding("Airflow's database", "ok", "reachable")


def _plugin() -> Finding:
    _, told = _airflow("plugins", "--output", "json")
    try:
        names = [one["name"] for one in json.loads(told[told.index("["):])]
    except (ValueError, KeyError):
        names = []
    if "modelops" in names:
        return Finding("plugin", "ok", "Airflow loads it")
    return Finding("plugin", "bad", "Airflow does not load our plugin",
                   "install the package where the API server runs; without entry points copy plugins/modelops_plugin.py")


def _triggerer() -> Finding:
    code, _ = _airflow("jobs", "check", "--job-type", "TriggererJob", "--allow-multiple", "--limit", "100")
    if code:
        return Finding("triggerer", "bad", "no triggerer is alive; gates wait there", "start one: airflow triggerer")
    return Finding("triggerer", "ok", "alive")


def _folders(local: Here) -> Finding:
    _, told = _airflow("config", "get-value", "core", "dags_folder")
    dags = Path(_last(told) or ".")
    if not (dags / "modelops_dags.py").is_file():
        return Finding("DAG folder", "bad", f"{dags} has no modelops_dags.py", "copy our dags/ folder there")
    if (local.settings.root / "dags").resolve() != dags.resolve():
        return Finding("DAG folder", "warned", f"Airflow reads {dags}, model files are in {local.settings.root / 'dags'}",
                       "set [modelops] root to the folder that holds dags/")
    return Finding("DAG folder", "ok", str(dags))


def _airflow(*arguments: str) -> tuple[int, str]:
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [sys.executable, "-m", "airflow", *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return 1, f"airflow {arguments[0]} did not answer in {_SECONDS} s"
    return done.returncode, done.stdout or done.stderr


def _last(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1] if lines else ""
