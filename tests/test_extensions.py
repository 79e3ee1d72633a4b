"""Checks of other packages are known wherever plans are made and steps run; one that fails to import is told, not lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = '''
"""A check of another package."""
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric

@check("height", version=1, metrics=("height",))
def height(profiles, *, least: int = 1):
    """How high the table is.

    Args:
        least: rows (1 or more).
    """
    return Measurement.of("height", [Metric("height", float(profiles.current.rows))])
'''
MODEL = '''modelops: 1
model: {name: A, purpose: "Decides nothing, for a test.", tier: 3, owner: credit-owner, developers: [credit-dev], kind: rules, version: "1", artifact: examples/pricing/model-1.4.0.yaml}
data: {current: examples/pricing/current.parquet, baseline: examples/pricing/baseline.parquet}
lifecycles: {watch: {uses: monitor, steps: {tall: {uses: height, insert: {after: profile}, require: {height: {fail: "< 1"}}}}}}
'''


def _package(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[modelops_airflow]\n{name} = {name}\n")


def _run(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")])
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)


PLAN = f"""
from pathlib import Path
from modelops_airflow.plan import make_plan
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance
governance = read_governance(Path({str(ROOT / "dags" / "governance.yaml")!r})).spec
try:
    print([step.uses for step in make_plan(parse_model({MODEL!r}, "dags/models/a.yaml"), governance, "watch").steps])
except SpecError as error:
    print(error)
"""


@pytest.fixture
def packages(tmp_path):
    _package(tmp_path, "heights", CODE)
    return tmp_path


def test_a_plan_knows_the_checks_of_other_packages(packages):
    assert "'height'" in _run(PLAN, packages).stdout
    assert "there is no kind of step 'height'" in _run(PLAN).stdout, "the control: without the package"


def test_a_task_knows_the_checks_of_other_packages(packages):
    code = "from modelops_airflow.registry import load_extensions; load_extensions(); from modelops_airflow.steps.catalogue import step_function; print(step_function('height').__name__)"
    assert _run(code, packages).stdout.strip() == "measure"


def test_every_task_loads_them_before_it_opens_its_run(monkeypatch):
    from modelops_airflow.operators import run

    def loaded():
        raise RuntimeError("loaded")

    monkeypatch.setattr(run, "load_extensions", loaded)
    with pytest.raises(RuntimeError, match="loaded"):
        run.open_run({})


def test_a_package_that_fails_to_import_is_told_where_its_check_is_missed_and_others_go_on(packages, tmp_path_factory):
    broken = tmp_path_factory.mktemp("broken")
    _package(broken, "leaning", "raise RuntimeError('fell over')")
    assert "'height'" in _run(PLAN, packages, broken).stdout
    told = _run(PLAN, broken).stdout
    assert "there is no kind of step 'height'" in told and "extension 'leaning' (leaning) fails to import: fell over; mend or uninstall it" in told
    shown = _run("from modelops_airflow.cli import main; import sys; sys.argv = ['modelops', 'checks']; main()", broken)
    assert shown.returncode == 2 and "leaning" in shown.stderr
