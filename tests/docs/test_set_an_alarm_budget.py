"""The monitor of the how-to is a valid model file with a plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelops_airflow.plan import make_plan
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import parse_model, read_governance

ROOT = Path(__file__).parents[2]
TEXT = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/how-to/set-an-alarm-budget.md").read_text(encoding="utf-8"), re.DOTALL)[0]


def _plan(text):
    governance = read_governance(Project(ROOT).governance).spec
    return make_plan(parse_model(text, "credit-risk.yaml"), governance, "monitor")


def test_the_monitor_with_an_alarm_budget_has_a_plan_that_decides_after_it():
    steps = _plan(TEXT).steps
    alarms = next(step for step in steps if step.id == "alarms")
    assert dict(alarms.options) == {"budget": 1.0, "runs_per_month": 30, "times": 2, "of_last": 3}
    assert [(rule.metric, rule.fail) for rule in alarms.requirements] == [("alarms", ">= 1")]
    ids = [step.id for step in steps]
    assert ids.index("drift") < ids.index("alarms") < ids.index("decide")


@pytest.mark.parametrize(("good", "bad"), [("budget: 1.0", "budget: much"), ("times: 2", "tims: 2"), ('fail: ">= 1"', 'fail: "<= 1"')])
def test_a_slip_in_it_is_found(good, bad):
    with pytest.raises(SpecError):
        _plan(TEXT.replace(good, bad))
