"""The DAG that scores on schedule: two tasks, one asset, the same bytes in any process, and nothing heavy to build it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
LIFECYCLES = """
lifecycles:
  release: {uses: low-risk-fast-track, steps: {deploy: {with: {to: overnight}}}}
  score: {uses: batch-score, schedule: "0 3 * * *", steps: {score: {with: {from: overnight, inputs: true}}}}
"""
CODE = """
import json, sys
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
from modelops_airflow.dag import dags_here, errors_here
heavy = [name for name in ("pyarrow.compute", "pandas", "sklearn", "evidently", "great_expectations") if name in sys.modules]
errors_here()
dags = dags_here()
hashes = {name: SerializedDagModel.hash(DagSerialization.to_dict(dag)) for name, dag in dags.items()}
dag = dags.get("pricing-rules.score")
told = None if dag is None else {
    "tasks": {task.task_id: [task.task_type, sorted(task.downstream_task_ids), list(task.template_fields)] for task in dag.tasks},
    "assets": [[one.name, one.uri] for task in dag.tasks for one in task.outlets], "timetable": dag.schedule.expression}
print(json.dumps([told, hashes, heavy]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "dags", tmp_path / "dags")
    return tmp_path


def with_score(project: Path) -> None:
    governance = project / "dags" / "governance.yaml"
    governance.write_text(governance.read_text().replace("environments:\n", "environments:\n  overnight: {target: batch, with: {path: overnight}}\n"))
    file = project / "dags" / "models" / "pricing-rules.yaml"
    file.write_text(file.read_text().rstrip() + LIFECYCLES)


def parsed(project: Path, home: Path, seed: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")} | {
        "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__MODELOPS__ROOT": str(project), "PYTHONHASHSEED": str(seed)}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_it_has_two_tasks_and_one_asset_and_changes_no_other_dag(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("airflow_home")
    none, before, _ = json.loads(parsed(project, home))
    assert none is None
    with_score(project)
    found = {parsed(project, home, seed) for seed in range(3)}
    assert len(found) == 1, "the same bytes under every hash seed"
    told, hashes, heavy = json.loads(found.pop())
    assert told == {
        "tasks": {"pin": ["PinOperator", ["score"], []], "score": ["ScoreOperator", [], []]},
        "assets": [["pricing-rules.score", "modelops://scored/pricing-rules.score"]], "timetable": "0 3 * * *"}
    assert heavy == []
    assert {name: one for name, one in hashes.items() if not name.startswith("pricing-rules.")} == {
        name: one for name, one in before.items() if not name.startswith("pricing-rules.")}
