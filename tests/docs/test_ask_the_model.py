"""The examples about asking a model are valid, and run as written."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from modelops_airflow.cli.app import app
from modelops_airflow.plan import make_plan
from modelops_airflow.spec.read import parse_model, read_governance
from modelops_airflow.steps.local import run_local

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/test-a-model.md").read_text(encoding="utf-8")
WHOLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
STEPS = re.findall(r"```\n( {6}.*?)```", PAGE, re.DOTALL)
GOVERNANCE = read_governance(ROOT / "dags" / "governance.yaml").spec


def with_step(text: str) -> str:
    """The example with one more step."""
    body: dict[str, Any] = yaml.safe_load(WHOLE)
    body["lifecycles"]["release"]["steps"] = yaml.safe_load(text)
    return yaml.safe_dump(body)


@pytest.mark.parametrize("text", [WHOLE, *(with_step(step) for step in STEPS)], ids=["whole", "shap", "replay", "exceptions", "residuals", "document"])
def test_each_example_is_a_plan(text: str) -> None:
    plan = make_plan(parse_model(text, "credit-risk.yaml"), GOVERNANCE, "release")

    assert len(STEPS) == 5
    assert {step.uses for step in plan.steps} & {"robustness", "explainability", "replay", "backtest", "regression-diagnostics", "documents"}


def test_the_example_runs_and_passes(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    (root / "dags" / "models" / "credit-risk.yaml").write_text(WHOLE, encoding="utf-8")

    run = run_local(root, "credit-risk", folder=tmp_path / "state")

    told = {name: (result.judgement.verdict.value, result.judgement.reasons()) for name, result in run.results.items() if result.judgement}
    assert {name: told[name][0] for name in ("robustness", "sensitivity", "explainability", "backtest")} == dict.fromkeys(
        ("robustness", "sensitivity", "explainability", "backtest"), "pass"), told


def test_the_shap_values_of_the_example_are_measured_and_pass(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    (root / "dags" / "models" / "credit-risk.yaml").write_text(with_step(STEPS[0]), encoding="utf-8")

    result = run_local(root, "credit-risk", folder=tmp_path / "state").results["explainability"]

    assert result.judgement is not None
    assert (result.judgement.verdict.value, result.judgement.reasons()) == ("pass", [])


def test_the_replay_of_the_example_passes_for_the_model_that_was_recorded_and_fails_for_another(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    (root / "dags" / "models" / "credit-risk.yaml").write_text(with_step(STEPS[1]), encoding="utf-8")
    (root / "canary").mkdir()
    table = pq.read_table(root / "examples/credit/current.parquet").slice(0, 50)
    answers = recorded(root, table)
    for change, verdict in ((0.0, "pass"), (0.01, "fail")):
        score = pa.array([one + change for one in answers["score"].to_pylist()])
        pq.write_table(table.append_column("prediction", answers["prediction"]).append_column("score", score), root / "canary/credit.parquet")

        result = run_local(root, "credit-risk", folder=tmp_path / f"state{change}").results["canary"]

        assert result.judgement is not None
        assert result.judgement.verdict.value == verdict, result.judgement.reasons()


def test_the_document_of_the_example_passes_with_the_right_number_and_fails_with_another(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    (root / "dags" / "models" / "credit-risk.yaml").write_text(with_step(STEPS[4]), encoding="utf-8")
    (root / "documents").mkdir()
    sections = "".join(f"# {title}\n{'words ' * 30}\n" for title in ("Purpose", "Data", "Method", "Performance", "Limitations", "Monitoring"))
    verdicts = {}
    for auc in ("0.78", "0.95"):
        (root / "documents/credit.md").write_text(f"{sections}\nAUC: {auc}\n", encoding="utf-8")
        run = run_local(root, "credit-risk", folder=tmp_path / f"state{auc}")
        judgement = run.results["document"].judgement
        assert judgement is not None
        verdicts[auc] = judgement.verdict.value
    assert verdicts == {"0.78": "pass", "0.95": "fail"}, "performance measures 0.777"


def recorded(root: Path, table: pa.Table) -> pa.Table:
    """What the approved model says of the rows."""
    from modelops_airflow.kinds import KINDS, scan, verify

    path = root / "examples/credit/model-3.2.0.skops"
    report = scan("skops", path.read_bytes(), file=path.name)
    return KINDS["skops"].load(verify("skops", path.read_bytes(), report.inputs["artifact"], report)).score(table)


def test_the_command_on_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    line = next(one for one in PAGE.splitlines() if one.startswith("modelops check"))
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(app, shlex.split(line)[1:])

    assert done.exit_code == 0, done.output
    assert "prediction_change_share" in done.output
