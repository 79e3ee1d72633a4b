"""What docs/explanation/performance.md shows works as written."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from modelops_airflow.cli.app import app
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import parse_model, read_governance

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/explanation/performance.md").read_text(encoding="utf-8")
MODEL = (ROOT / "dags/models/credit-risk.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_its_life_cycles_fit_the_example_model(block: str) -> None:
    governance = read_governance(ROOT / "dags/governance.yaml").spec
    plans = plans_of(parse_model(MODEL.rstrip() + "\n" + block, "credit-risk.yaml"), governance)

    asked = {rule.metric for plan in plans for step in plan.steps for rule in step.requirements}
    assert asked & {"auc_change", "estimated_auc_change", "auc_against_champion_worst"}


def test_champion_and_challenger_are_compared_as_it_says(tmp_path: Path) -> None:
    command = shlex.split(re.findall(r"^modelops (check performance .*)$", TEXT, re.MULTILINE)[0])
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 1000)
    for name, noise in (("champion", 2.0), ("challenger", 1.0)):
        score = 2 * y - 1 + generator.normal(0, noise, 1000)
        pq.write_table(pa.table({"y": y, "score": score, "prediction": (score > 0).astype(int)}), tmp_path / f"{name}.parquet")
    command = [str(tmp_path / one) if one.endswith(".parquet") else one for one in command]

    done = CliRunner().invoke(app, [*command, "--json"])

    assert done.exit_code == 0, done.output
    assert '"auc_change"' in done.output
    assert float(re.findall(r'"auc_change".*?"value": ([-0-9.e]+)', done.output, re.DOTALL)[0]) > 0.1


def test_two_artifacts_are_compared_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    command = shlex.split(re.findall(r"^modelops (check champion .*)$", TEXT, re.MULTILINE)[0])
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(app, [*command, "--json"])

    assert done.exit_code == 0, done.output
    assert '"auc_against_champion_worst"' in done.output


@pytest.mark.parametrize(("named", "code"), [(["--champion-artifact", "examples/credit/legacy-1.0.0.skops"], 0), (["--champion-artifact", "none"], 0), ([], 1)])
def test_its_life_cycle_runs_here_beside_the_version_that_is_named(named: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    block = next(one for one in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if "uses: champion" in one)
    (tmp_path / "dags/models/credit-risk.yaml").write_text(MODEL.rstrip() + "\n" + block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, ["run", "credit-risk", *named, "--json"])

    assert done.exit_code == code, done.output
