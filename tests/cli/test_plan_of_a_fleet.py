"""modelops plan --against over a thousand models with stored evidence, in time for a pull request."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.spec.project import Project
from modelops_airflow.steps.local import plan_from_files, run_local

pytestmark = pytest.mark.alone
ROOT = Path(__file__).parents[2]
MODELS = 1000
SECONDS = 10
RELEASE = """lifecycles:
  release:
    uses: standard-release
    remove: [performance, approve-validation]
    steps: {drift: {require: {psi: {warn: ">= 0.01", fail: ">= 0.30"}}}}
"""


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def test_a_threshold_of_a_thousand_models_is_replayed_in_ten_seconds(
    tmp_path: Path, modelops: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "dags" / "models"
    models.mkdir(parents=True)
    shutil.copytree(ROOT / "examples" / "pricing", tmp_path / "examples" / "pricing")
    shutil.copy(ROOT / "dags" / "governance.yaml", tmp_path / "dags")
    text = (ROOT / "dags" / "models" / "pricing-rules.yaml").read_text(encoding="utf-8") + RELEASE
    for number in range(MODELS):
        (models / f"model-{number:04}.yaml").write_text(text, encoding="utf-8")
    record = json.loads((run_local(tmp_path, "model-0000").folder / "run.json").read_text(encoding="utf-8"))
    for number in range(1, MODELS):  # evidence says nothing of the model's name: one run's is that of all
        name = f"model-{number:04}"
        folder = tmp_path / ".modelops" / "runs" / f"20261126T100000{number:06}-{name}-release"
        folder.mkdir()
        record |= {"model": name, "plan": plan_from_files(Project(tmp_path), name, "release")[0].digest}
        (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    for words in (("init", "-q"), ("add", "dags", "examples"), ("commit", "-qm", "one")):
        subprocess.run([*git, *words], check=True)
    for path in models.iterdir():
        path.write_text(text.replace(">= 0.30", ">= 0.03"), encoding="utf-8")

    before = cpu()
    answer = modelops("plan", "--against", "HEAD", "--format", "markdown")
    took = cpu() - before

    with capsys.disabled():
        print(f"\n{MODELS} models: {took:.1f} s of CPU")
    assert "1000 models change from pass to fail" in answer.out, answer.err
    assert answer.code == 1
    assert took < SECONDS
