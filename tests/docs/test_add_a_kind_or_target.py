"""The package of docs/how-to/add-a-kind-or-target.md builds, installs, and is known wherever names are; without it nothing is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/add-a-kind-or-target.md").read_text(encoding="utf-8")
Run = Callable[..., subprocess.CompletedProcess[str]]

WEIGHTS = "intercept -2\namount 0.0002\nmonths 0.02\n"
DEPLOY = """
import pathlib
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Release, strengths, target_of
data = pathlib.Path("models/bank/score-1.0.0.weights").read_bytes()
place = target_of("hand-over", {"path": "live", "suffix": ".weights"}, resolve=pathlib.Path)
shown = place.deploy(Release("bank", "production", "1.0.0", digest_bytes(data), 3, "subject", lambda: data))
assert shown.artifact == digest_bytes(data) and shown.epoch == 3 and pathlib.Path("live/bank.weights").read_bytes() == data
try:
    place.deploy(Release("bank", "production", "1.0.0", digest_bytes(data), 2, "subject", lambda: data))
except TargetError as error:
    print("stale:", error)
print(strengths()["hand-over"], place.withdraw("bank", 4))
"""
PAGES = """
import importlib.util
spec = importlib.util.spec_from_file_location("generate_docs", {path!r})
module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
print(module.kinds() + module.targets())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built as the page says and installed into a folder of its own."""
    made = tmp_path_factory.mktemp("package")
    (project,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (made / "pyproject.toml").write_text(project)
    (made / "bank_models").mkdir()
    files = re.findall(r"`(bank_models/\w+\.py)`.*?```python\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in files] == ["bank_models/__init__.py", "bank_models/linear_score.py", "bank_models/hand_over.py"]
    for name, text in files:
        (made / name).write_text(text)
    (command,) = re.findall(r"^pip wheel (.*)$", PAGE, re.MULTILINE)
    _pip(made, "wheel", "--no-index", *command.split())
    (wheel,) = (made / "dist").glob("*.whl")
    assert f"pip install dist/{wheel.name}" in PAGE
    _pip(made, "install", "--no-index", "--no-deps", "--target", "site", str(wheel))
    return made / "site"


def _pip(folder: Path, *words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "-q", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, site: Path) -> tuple[Path, Run]:
    """A new project with the page's model and environment, and how to run Python in it, with the package or without."""
    home = tmp_path_factory.mktemp("bank")

    def run(*words: str, package: bool = True) -> subprocess.CompletedProcess[str]:
        code = list(words) if words[0] == "-c" else ["-c", "from modelops_airflow.cli import main; main()", *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
        environment["PYTHONPATH"] = os.pathsep.join([*([str(site)] if package else []), *sys.path])
        return subprocess.run([sys.executable, *code], cwd=home / "p", env=environment, capture_output=True, text=True, check=False)

    (home / "p").mkdir()
    assert run("init", ".").returncode == 0
    model, environments = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (home / "p/dags/models/bank.yaml").write_text(model)
    (home / "p/models/bank").mkdir()
    (home / "p/models/bank/score-1.0.0.weights").write_text(WEIGHTS)
    governance = home / "p/dags/governance.yaml"
    text = governance.read_text()
    assert "environments:\n  production: {target: folder, with: {path: live}}\n" in text
    governance.write_text(text.replace("environments:\n  production: {target: folder, with: {path: live}}\n", environments))
    return home / "p", run


def _rows(run: Run, command: str, **more: Any) -> dict[str, Any]:
    key = command.removesuffix("s")
    return {row[key]: row for row in json.loads(run(command, "--json", **more).stdout)}


def test_its_names_and_options_are_listed_where_it_is_installed_and_nowhere_else(bank: tuple[Path, Run]) -> None:
    _, run = bank
    kind, target = _rows(run, "kinds")["linear-score"], _rows(run, "targets")["hand-over"]
    assert kind["files"] == [".weights"] and [one["name"] for one in kind["options"]] == ["threshold"]
    assert target["its gate is"] == "observed" and [one["name"] for one in target["options"]] == ["path", "suffix"]
    assert "linear-score" not in _rows(run, "kinds", package=False) and "hand-over" not in _rows(run, "targets", package=False), "the control"


def test_the_schema_has_its_names_and_options(bank: tuple[Path, Run]) -> None:
    _, run = bank
    for command, part, key, name, option in (("model", "Model", "kind", "linear-score", "threshold"), ("governance", "Environment", "target", "hand-over", "suffix")):
        body = json.loads(run("schema", command).stdout)["$defs"][part]
        (rule,) = (one for one in body["allOf"] if one["if"]["properties"][key]["const"] == name)
        assert name in body["properties"][key]["enum"] and option in rule["then"]["properties"]["with"]["properties"]
        assert name not in run("schema", command, package=False).stdout, "the control"


def test_a_model_of_the_kind_validates_and_runs_to_its_gate_with_a_check_for_bias(bank: tuple[Path, Run]) -> None:
    home, run = bank
    done = run("validate")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("run", "bank")
    assert done.returncode == 0 and "bias" in done.stdout and "stops before the gate" in done.stdout, done.stdout + done.stderr
    refused = run("validate", package=False)
    assert refused.returncode == 2 and "there is no kind 'linear-score'" in refused.stdout + refused.stderr, "the control"
    assert "dags/models/bank.yaml:8:9: PLAN014" in refused.stdout + refused.stderr
    model = home / "dags/models/bank.yaml"
    good = model.read_text()
    try:
        model.write_text(good.replace("threshold: 0.4", "threshold: 4"))
        assert "option 'threshold' of kind linear-score: expected 0 to 1, found 4" in (told := run("validate")).stdout + told.stderr
    finally:
        model.write_text(good)


def test_a_wrong_artifact_of_the_kind_is_refused_by_its_scan(bank: tuple[Path, Run]) -> None:
    home, run = bank
    artifact = home / "models/bank/score-1.0.0.weights"
    try:
        artifact.write_text(WEIGHTS + "amount much\n")
        done = run("run", "bank")
        assert done.returncode == 1 and "line 4 is 'amount much'; expected a column and its weight" in done.stdout + done.stderr
    finally:
        artifact.write_text(WEIGHTS)


def test_the_target_deploys_reads_back_and_keeps_its_fence(bank: tuple[Path, Run]) -> None:
    _, run = bank
    done = run("-c", DEPLOY)
    assert done.returncode == 0, done.stderr
    assert "stale: " in done.stdout and "observed Observation(artifact=None, epoch=4, dangling=False" in done.stdout
    assert "there is no target 'hand-over'" in run("-c", DEPLOY, package=False).stderr, "the control"


def test_the_pages_of_the_reference_have_them(bank: tuple[Path, Run]) -> None:
    _, run = bank
    code = PAGES.format(path=str(ROOT / "docs" / "generate.py"))
    told = run("-c", code).stdout
    assert "| `linear-score` | `.weights` |" in told and "| `hand-over` | observed |" in told
    assert "linear-score" not in run("-c", code, package=False).stdout, "the control"


def test_a_package_that_fails_to_import_is_named_where_its_kind_is_missed(bank: tuple[Path, Run], site: Path) -> None:
    _, run = bank
    file = site / "bank_models" / "hand_over.py"
    good = file.read_text()
    try:
        file.write_text(good + "\nraise RuntimeError('fell over')\n")
        done = run("validate")
        assert done.returncode == 2 and "fell over; mend or uninstall it" in done.stdout + done.stderr
    finally:
        file.write_text(good)
