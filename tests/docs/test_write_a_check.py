"""The check, its tests, the step and the commands of the page work as they are written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/how-to/write-a-check.md").read_text(encoding="utf-8")


def test_the_page_works_as_written(tmp_path: Path) -> None:
    check, tests = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (step,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    start, use = re.findall(r"```\n(modelops .*?)```", PAGE, re.DOTALL)
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}, "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    def modelops(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return run("-c", "from modelops_airflow.cli import main; main()", *shlex.split(line)[1:], folder=folder)

    project = tmp_path / "bank"
    assert modelops(f"modelops init {project}", tmp_path).returncode == 0
    for line in start.strip().splitlines():
        assert modelops(line, project).returncode == 0
    (project / "checks/late_payments.py").write_text(check)
    (project / "tests/test_late_payments.py").write_text(tests)
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", folder=project)
    assert done.returncode == 0 and "4 passed" in done.stdout, done.stdout
    model = project / "dags/models/first.yaml"
    model.write_text(re.sub(r"(?ms)^lifecycles:.*", "", model.read_text()) + step.replace("column: days", "column: months").replace("fail: \"> 1\"", "fail: \"> 9\""))
    for side in ("baseline", "current"):
        (project / f"{side}.csv").write_text((project / f"models/first/{side}.csv").read_text())
    for line in use.strip().splitlines():
        here = line.replace("new.parquet", "current.csv").replace("old.parquet", "baseline.csv").replace("=days", "=months").replace("churn", "first")
        done = modelops(here, project)
        assert done.returncode == 0, f"{here}\n{done.stdout}{done.stderr}"
