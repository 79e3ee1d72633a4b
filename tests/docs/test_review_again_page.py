"""The examples of docs/how-to/review-again.md: each is a good model file, and the schedules are those that the page tells of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.plan import Plan, plans_of
from modelops_airflow.plan.cadence import spread
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/review-again.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def plans(lifecycles: dict[str, Any]) -> dict[str, Plan]:
    body = yaml.safe_load((ROOT / "dags/models/credit-risk.yaml").read_text())
    text = yaml.safe_dump({**body, "lifecycles": lifecycles})
    return {plan.lifecycle: plan for plan in plans_of(parse_model(text, "credit-risk.yaml"), read_governance(ROOT / "dags/governance.yaml").spec)}


def test_without_a_schedule_the_policies_say_when_and_a_stricter_one_is_taken() -> None:
    bare, written, _ = (yaml.safe_load(example)["lifecycles"] for example in EXAMPLES)
    assert plans(bare)["review"].schedule in {spread("P1Y", "credit-risk"), spread("P6M", "credit-risk")}
    assert plans(written)["review"].schedule == "@quarterly"
    with pytest.raises(SpecError, match="PLAN034"):
        plans({"review": {**written["review"], "schedule": "0 6 29 2 *"}})


def test_a_pinned_review_has_the_checks_of_the_release_and_a_fresh_one_its_own() -> None:
    found = plans(yaml.safe_load(EXAMPLES[2])["lifecycles"])
    release, proof = found["release"], found["proof"]

    def measured(plan: Plan) -> list[Any]:
        return [(step.id, dict(step.options), step.requirements) for step in plan.steps if step.phase in ("prepare", "check") and step.uses not in ("pin", "difference")]

    assert measured(proof) == measured(release) and proof.pinned and not found["review"].pinned
    assert [step.id for step in proof.steps if step.phase not in ("prepare", "check")] == ["decide", "opinion", "attest", "evidence-pack"]


def test_the_page_names_both_gates_and_the_metrics_of_the_comparison() -> None:
    from modelops_airflow.plan.kinds_of_step import STEP_KINDS

    gates = [step.id for step in plans(yaml.safe_load(EXAMPLES[0])["lifecycles"])["review"].steps if step.phase == "gate"]
    assert all(f"`{name}`" in PAGE for name in (*gates, *STEP_KINDS["difference"].metrics))
