"""What parsing costs and gives: nothing heavy is imported, one file is opened, the bytes are the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
MODELS = {file.stem for file in (PROJECT / "dags" / "models").glob("*.yaml")}
HEAVY = ("great_expectations", "evidently", "pandas", "sklearn", "scipy", "fairlearn", "mlflow")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Airflow home that no other test uses."""
    return tmp_path_factory.mktemp("airflow_home")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's DAG folder."""
    shutil.copytree(PROJECT / "dags", tmp_path / "dags")
    return tmp_path


def interpreter(code: str, project: Path, home: Path, **more: str) -> str:
    """Run code in a fresh interpreter that has this project's DAG folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")} | {
        "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__MODELOPS__ROOT": str(project), **more,
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_building_all_example_dags_imports_nothing_heavy(project: Path, home: Path) -> None:
    code = (
        "import sys, runpy, json\n"
        f"found = runpy.run_path({str(project / 'dags' / 'modelops_dags.py')!r})\n"
        "dags = [name for name in found if '.' in name]\n"
        f"print(json.dumps([len(dags), [name for name in {HEAVY!r} if name in sys.modules]]))\n"
    )
    assert json.loads(interpreter(code, project, home)) == [3 * len(MODELS) + 2, []], "release, monitor and review of each, the sync and re-certification"


def test_a_round_of_looking_ends_by_itself(project: Path, home: Path) -> None:
    code = "from modelops_airflow.system_dags import sync_dag\nprint(sync_dag().get_task('sync').execution_timeout.total_seconds())\n"
    assert float(interpreter(code, project, home)) == 600


OPENED = """
import builtins, io, json, pathlib, sys
opened = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str) and "/dags/models/" in args[0]:
        opened.append(args[0])
import modelops_airflow.dag as ours
class Asked:
    dag_id = "model-250.release"
ours.get_parsing_context = lambda: Asked
sys.addaudithook(watch)
found = ours.dags_here()
print(json.dumps([sorted(found), len(opened)]))
"""


@pytest.mark.parametrize(("asked", "reviewed"), [("'pricing-rules.release'", False), ("None", True)])
def test_only_who_shows_the_dags_reviews_their_queries(project: Path, home: Path, asked: str, reviewed: bool) -> None:
    file = project / "dags" / "models" / "pricing-rules.yaml"
    source = re.search(r"current: \S+", file.read_text())
    assert source
    file.write_text(file.read_text().replace(source[0], 'current: {sql: "SELECT a FROM t", connection: warehouse}'))
    code = (
        "import json, sys\nimport modelops_airflow.dag as ours\n"
        f"class Asked:\n    dag_id = {asked}\n"
        "ours.get_parsing_context = lambda: Asked\n"
        "print(json.dumps(['pricing-rules.release' in ours.dags_here(), 'sqlglot' in sys.modules]))\n"
    )
    assert json.loads(interpreter(code, project, home)) == [True, reviewed]


def test_a_worker_that_needs_one_of_500_models_opens_one_file(project: Path, home: Path) -> None:
    models = project / "dags" / "models"
    text = (models / "pricing-rules.yaml").read_text()
    for number in range(500):
        (models / f"model-{number}.yaml").write_text(text)
    assert json.loads(interpreter(OPENED, project, home)) == [["model-250.release"], 1]


def test_without_the_parsing_context_every_file_is_opened(project: Path, home: Path) -> None:
    answer = json.loads(interpreter(OPENED.replace('dag_id = "model-250.release"', "dag_id = None"), project, home))
    assert answer[1] == len(list((project / "dags" / "models").glob("*.yaml")))


SERIALISED = """
import json
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
from modelops_airflow.dag import dags_here
# Airflow's own hash decides whether a DAG has a new version; it does not depend on key order.
print(json.dumps({name: SerializedDagModel.hash(DagSerialization.to_dict(dag)) for name, dag in dags_here().items()}))
"""


def test_serialised_dags_are_the_same_under_five_hash_seeds(project: Path, home: Path) -> None:
    found = {interpreter(SERIALISED, project, home, PYTHONHASHSEED=str(seed)) for seed in range(5)}
    assert len(found) == 1
    assert len(set(json.loads(found.pop()).values())) == 3 * len(MODELS) + 2


def test_a_broken_file_leaves_the_other_dags_and_is_one_located_error(project: Path, home: Path) -> None:
    file = project / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text().replace("tier: 2", "tier: 9"))
    code = (
        "import json\nfrom modelops_airflow.dag import dags_here, errors_here\n"
        "try:\n    errors_here(); told = ''\nexcept Exception as error:\n    told = str(error)\n"
        "print(json.dumps([sorted({name.split('.')[0] for name in dags_here()}), told]))\n"
    )
    models, told = json.loads(interpreter(code, project, home))
    assert models == sorted(["modelops", *(MODELS - {"credit-risk"})])
    assert told.startswith("dags/models/credit-risk.yaml:5:9: SPEC012 model.tier is not permitted")


def test_no_string_of_a_model_file_is_a_template_field(project: Path, home: Path) -> None:
    file = project / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text().replace("purpose: Decides", 'purpose: "{{ var.value.secret }} {% raw %} Decides').replace("customers.\n", 'customers."\n'))
    code = (
        "import json\nfrom modelops_airflow.dag import dags_here\n"
        "dags = dags_here()\n"
        "print(json.dumps([[t.task_id for d in dags.values() for t in d.tasks if t.template_fields],"
        " dags['credit-risk.release'].doc_md.endswith('.md')]))\n"
    )
    assert json.loads(interpreter(code, project, home)) == [[], False]


OWN = """
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric
import pathlib
pathlib.Path(__file__).with_name("ran").touch()

@check("volume", version=1, metrics=("volume",))
def volume(profiles):
    '''Rows.'''
    return Measurement.of("volume", [Metric("volume", 1.0)])
"""
OWN_DAGS = (
    "import json, sys\nfrom airflow.serialization.serialized_objects import DagSerialization\nfrom airflow.models.serialized_dag import SerializedDagModel\n"
    "from modelops_airflow.dag import dags_here, errors_here\n"
    "try:\n    errors_here(); told = ''\nexcept Exception as error:\n    told = str(error)\n"
    "dags = dags_here()\n"
    "tasks = [t.task_type for t in dags['pricing-rules.release'].tasks if t.task_id == 'volume'] if 'pricing-rules.release' in dags else []\n"
    "hashes = {name: SerializedDagModel.hash(DagSerialization.to_dict(dag)) for name, dag in dags.items()}\n"
    f"print(json.dumps([tasks, told, hashes, [name for name in {HEAVY!r} if name in sys.modules]]))\n"
)


def test_a_projects_own_check_is_a_task_and_parsing_runs_none_of_its_code(project: Path, home: Path) -> None:
    without = json.loads(interpreter(OWN_DAGS, project, home))
    (project / "checks").mkdir()
    (project / "checks" / "volume.py").write_text(OWN)
    assert json.loads(interpreter(OWN_DAGS, project, home)) == without, "a check that no model uses changes no DAG"

    file = project / "dags" / "models" / "pricing-rules.yaml"
    file.write_text(file.read_text().rstrip() + "\nlifecycles:\n  release:\n    uses: low-risk-fast-track\n    steps:\n"
                    '      volume: {uses: volume, insert: {after: profile}, require: {volume: {fail: "< 1"}}}\n')
    found = {interpreter(OWN_DAGS, project, home, PYTHONHASHSEED=str(seed)) for seed in range(3)}
    tasks, told, _, heavy = json.loads(found.pop())
    assert not found and (tasks, told, heavy) == (["MeasureOperator"], "", [])
    assert not (project / "checks" / "ran").exists()

    (project / "checks" / "volume.py").write_text(OWN + "def f(:\n")
    tasks, told, hashes, _ = json.loads(interpreter(OWN_DAGS, project, home))
    assert tasks == [] and told.startswith("checks/volume.py:11:7: CHECK001 it is no Python") and "PLAN003 there is no kind of step 'volume'" in told
    assert "credit-risk.release" in hashes, "other models are not harmed"
