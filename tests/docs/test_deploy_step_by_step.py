"""The YAML of docs/how-to/deploy-step-by-step.md is a plan, and what it says of events and kinds is so."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from typer.main import get_command

from modelops_airflow.cli.app import app
from modelops_airflow.governance.strategy import strategy_of
from modelops_airflow.plan import make_plan
from modelops_airflow.spec.read import parse_governance, parse_model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/deploy-step-by-step.md").read_text(encoding="utf-8")
PLACES, MODEL = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_environments_and_the_model_file_make_a_plan_with_that_strategy() -> None:
    rules = yaml.safe_load((ROOT / "dags/governance.yaml").read_text()) | yaml.safe_load(PLACES)
    model = yaml.safe_load((ROOT / "dags/models/credit-risk.yaml").read_text()) | yaml.safe_load(MODEL)

    plan = make_plan(parse_model(yaml.safe_dump(model), "credit-risk.yaml"), parse_governance(yaml.safe_dump(rules), "governance.yaml").spec, "release")

    found = strategy_of(plan.to_json())
    assert (found.through, found.bake.total_seconds(), found.watch.total_seconds()) == ("canary", 1800, 3600)


def test_the_options_of_commands_on_the_page_are_theirs() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    serve, suspend = ({name for parameter in commands[one].params for name in parameter.opts} for one in ("serve", "suspend"))
    assert {"--canary", "--shares", "--bake"} <= serve and "--environment" in suspend
    assert set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", PAGE)) <= serve | suspend
