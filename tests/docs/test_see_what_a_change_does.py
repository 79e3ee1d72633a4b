"""The commands of docs/how-to/see-what-a-change-does.md run, and the step of its workflow writes the plan and fails where a model would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from modelops_airflow.steps.local import run_local

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/see-what-a-change-does.md").read_text(encoding="utf-8")
STEPS = """lifecycles:
  release:
    uses: standard-release
    remove: [performance, approve-validation]
    steps: {drift: {require: {psi: {warn: ">= 0.01", fail: ">= 0.30"}}}}
"""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_step_of_the_workflow_writes_the_plan_and_stops_a_change_that_breaks_a_model(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    model = bank / "dags" / "models" / "pricing-rules.yaml"
    model.parent.mkdir(parents=True)
    shutil.copytree(ROOT / "examples/pricing", bank / "examples/pricing")
    shutil.copy(ROOT / "dags/governance.yaml", bank / "dags")
    text = (ROOT / "dags/models/pricing-rules.yaml").read_text(encoding="utf-8") + STEPS
    model.write_text(text, encoding="utf-8")
    assert run_local(bank, "pricing-rules").verdict == "pass"
    for words in (("init", "-qb", "main"), ("add", "dags", "examples"), ("commit", "-qm", "one")):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=bank, check=True)
    command = tmp_path / "modelops"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from modelops_airflow.cli import main; main()" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    summary = tmp_path / "summary.md"
    there = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__MODELOPS__")} | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "BASE": "main", "GITHUB_STEP_SUMMARY": str(summary)}
    (workflow,) = (yaml.safe_load(one) for one in blocks("yaml"))
    script = next(step["run"] for step in workflow["jobs"]["plan"]["steps"] if step.get("id") == "plan")

    def run(text: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-e", "-c", text], cwd=bank, env=there | more, capture_output=True, text=True, check=False)

    assert run(script).returncode == 0
    shutil.copytree(bank, tmp_path / "project-as-it-was")
    model.write_text(text.replace(">= 0.30", ">= 0.03"), encoding="utf-8")
    assert run(script).returncode == 1
    assert "1 model changes from pass to fail" in summary.read_text(encoding="utf-8")
    assert "pass -&#62; fail" in summary.read_text(encoding="utf-8")
    assert run(script, AIRFLOW__MODELOPS__DATABASE_URL=f"sqlite:///{tmp_path}/none.db").returncode == 2
    for line in blocks("sh")[0].splitlines():
        assert run(line).returncode == 1, line
