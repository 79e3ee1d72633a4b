"""The governance and the step of docs/how-to/use-several-environments.md do what the page says."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from modelops_airflow.cli import main
from modelops_airflow.cli.app import app
from modelops_airflow.plan import Plan, make_plan
from modelops_airflow.settings import settings_from
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance, parse_model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/use-several-environments.md").read_text(encoding="utf-8")
OVERLAY, CANARIES, STEP = (yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
RULES = {**yaml.safe_load((ROOT / "dags/governance.yaml").read_text()), **OVERLAY}
MODEL = yaml.safe_load((ROOT / "dags/models/credit-risk.yaml").read_text())


def plan(environment: str = "", lifecycle: str = "release", rules: dict[str, object] = RULES, **changed: object) -> Plan:
    model = parse_model(yaml.safe_dump({**MODEL, **changed}), "credit-risk.yaml")
    return make_plan(model, parse_governance(yaml.safe_dump(rules), "governance.yaml").spec, lifecycle, environment=environment)


def test_the_file_of_the_demo_is_planned_for_each_environment_of_the_page() -> None:
    dev, stage, production = plan("dev"), plan("stage"), plan("production")
    assert (dev.data or {})["current"] == OVERLAY["environments"]["dev"]["data"]["credit-risk"]["current"]
    assert (stage.data or {})["current"] == {"sql": "SELECT * FROM applications", "connection": "stage"}
    assert (production.data or {})["current"] == MODEL["data"]["current"]
    assert {step.profile for step in dev.steps} == {"small"}
    assert production.step("evidence-from-stage").options == {"environment": "stage", "max_age": "P90D"}
    assert not any(step.uses == "evidence-from" for step in (*dev.steps, *stage.steps))
    assert (plan("stage", "monitor").data or {})["current"]["connection"] == "stage"
    assert "overlay" not in plan("", "monitor").to_json()


def test_the_step_of_the_page_is_planned() -> None:
    step = plan(lifecycles=STEP["lifecycles"]).step("stage-passed")
    assert [(one.metric, one.fail) for one in step.requirements] == [("environment_gates_open", "> 0"), ("environment_passed", "< 1")]


def test_each_environment_of_the_page_has_its_own_canary() -> None:
    through = {"release": {"uses": "standard-release", "steps": {"deploy": {"with": {"through": "canary", "bake": "PT30M"}}}}}
    made = [plan(name, rules={**RULES, **CANARIES}, lifecycles=through).step("deploy").options for name in ("stage", "production", "")]
    assert [(one["to"], one["through"]) for one in made] == [("stage", "rehearsal"), ("production", "canary"), ("production", "canary")]
    with pytest.raises(SpecError, match="PLAN026"):
        plan("stage", rules={**RULES, "environments": {**CANARIES["environments"], "stage": OVERLAY["environments"]["stage"]}}, lifecycles=through)


def test_the_setting_of_the_page_is_read() -> None:
    name, value = re.search(r"^(\w+) = (\w+)$", PAGE, re.MULTILINE).groups()  # type: ignore[union-attr]
    assert settings_from({name: value}).environment == "stage"


def test_the_options_of_the_page_are_those_of_the_commands() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for command in (commands["plan"], commands["validate"], commands["run"]):
        assert "--environment" in {name for parameter in command.params for name in parameter.opts}
    known = {name for parameter in commands["pack"].commands["import"].params for name in parameter.opts}
    assert {"--by", "--trust"} <= known


def test_the_plan_is_shown_with_where_each_part_comes_from_and_mistakes_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(ROOT / "dags", tmp_path / "dags")
    (tmp_path / "dags/governance.yaml").write_text(yaml.safe_dump(RULES, sort_keys=False))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", *arguments])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    code, out = call("plan", "credit-risk", "--lifecycle", "release", "--environment", "stage")
    assert code == 0
    assert "data.current: connection stage: SELECT * FROM applications  (environments.stage.data.credit-risk.current)" in out
    assert "to: to stage  ([modelops] environment)" in out
    assert "runs in small" in call("plan", "credit-risk", "--environment", "dev")[1]
    assert call("validate", "--environment", "dev")[0] == 0

    text = (tmp_path / "dags/governance.yaml").read_text().replace("credit-risk:", "credit-rsik:", 1)
    (tmp_path / "dags/governance.yaml").write_text(text)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "credit-rsik" in one)
    code, out = call("validate")
    assert code == 2
    assert f"dags/governance.yaml:{line + 1}:" in out or f"dags/governance.yaml:{line}:" in out
    assert "PLAN024 there is no model 'credit-rsik' (did you mean 'credit-risk'?)" in out
