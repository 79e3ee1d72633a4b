"""The step and the command of the page work as they are written, and the ways it names to save a file give files that are read."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/import-results.md").read_text(encoding="utf-8")


def test_the_page_works_as_written(tmp_path: Path) -> None:
    step, summary = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (command,) = re.findall(r"```\n(modelops .*?)\n```", PAGE, re.DOTALL)
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}, "PYTHONPATH": os.pathsep.join(sys.path)}

    def modelops(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        code = "from modelops_airflow.cli import main; main()"
        return subprocess.run([sys.executable, "-c", code, *shlex.split(line)[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    project = tmp_path / "bank"
    assert modelops(f"modelops init {project}", tmp_path).returncode == 0
    (project / "results").mkdir()
    told = json.loads((ROOT / "tests/checks/imported/dbt.json").read_text())
    (project / "results/run_results.json").write_text(json.dumps(told))
    model = project / "dags/models/first.yaml"
    model.write_text(re.sub(r"(?ms)^lifecycles:.*", "", model.read_text()) + step.replace("P1D", "any"))
    assert modelops("modelops validate", project).returncode == 0
    done = modelops(command.replace("new.parquet", "models/first/current.csv") + " --json", project)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["notes"][0].startswith("origin: imported. dbt 1.9.11 measured this")

    ran = json.loads(modelops("modelops run first --json", project).stdout)
    assert (ran["verdict"], ran["steps"]["warehouse-tests"]["verdict"]) == ("error", "error"), "one test erred, two were skipped"
    for one in told["results"]:
        one["status"] = "success" if one["unique_id"].startswith("model.") else "pass"
        one["failures"] = 0
    (project / "results/run_results.json").write_text(json.dumps(told))
    ran = json.loads(modelops("modelops run first --json", project).stdout)
    assert ran["steps"]["warehouse-tests"]["verdict"] == "pass", ran
    model.write_text(model.read_text() + summary)
    ran = json.loads(modelops("modelops run first --json", project).stdout)["steps"]["summary"]
    assert (ran["verdict"], ran["judgements"][0]["value"]) == ("pass", 0.0), ran
    named = re.search(r"where: \{result: (\S+)\}", PAGE)
    assert named and named.group(1) in {one["unique_id"] for one in told["results"]}
