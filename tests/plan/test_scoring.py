"""A model that is scored on schedule: place, life cycle and data must fit, and who deploys there must score there."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelops_airflow.plan import Plan, plans_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance, parse_model

BODY: dict[str, Any] = {
    "modelops": 1,
    "people": {name: {"login": {"simple": name}} for name in ("owner", "dev", "val", "risk")},
    "roles": {"developer": {"side": "make", "held_by": ["dev"]}, "model-owner": {"side": "make", "held_by": ["owner"]},
              "validator": {"side": "control", "held_by": ["val"]}, "risk": {"side": "control", "held_by": ["risk"]}},
    "environments": {"production": {"target": "batch", "with": {"path": "live"}}, "online": {"target": "folder", "with": {"path": "online"}}},
    "artifact_roots": ["models"],
}
SCORE = {"uses": "batch-score"}


def plans(columns: dict[str, Any] | None = None, governance: dict[str, Any] = BODY, environment: str = "", **lifecycles: Any) -> dict[str, Plan]:
    body = {
        "modelops": 1,
        "model": {"name": "M", "purpose": "P.", "tier": 2, "owner": "owner", "developers": ["dev"], "kind": "rules", "version": "1", "artifact": "models/m.yaml"},
        "data": {"baseline": "b.parquet", "current": "c.parquet", "columns": {"target": "y", "key": ["id"], **(columns or {})}},
        "lifecycles": lifecycles,
    }
    rules = parse_governance(yaml.safe_dump(governance), "governance.yaml").spec
    return {one.lifecycle: one for one in plans_of(parse_model(yaml.safe_dump(body), "m.yaml"), rules, environment=environment)}


def told(*args: Any, **lifecycles: Any) -> str:
    with pytest.raises(SpecError) as error:
        plans(*args, **lifecycles)
    return "\n".join(f"{one.code} {one.message}; {one.expected} {one.next_step}" for one in error.value.problems)


def test_two_lines_make_it() -> None:
    made = plans(release={"uses": "standard-release"}, score=SCORE)
    plan = made["score"]
    assert [(step.id, step.needs, step.phase) for step in plan.steps] == [("pin", (), "prepare"), ("score", ("pin",), "score")]
    assert (plan.scores, plan.schedule, plan.on) == ("production", "@daily", "schedule")
    assert made["release"].scores is None


def test_a_release_to_where_nobody_scores_is_a_mistake() -> None:
    assert "PLAN025 production is scored with on schedule, and no life cycle of the model does it" in told(release={"uses": "standard-release"})
    assert "PLAN025" in told(release={"uses": "standard-release"}, score={**SCORE, "steps": {"score": {"with": {"from": "online"}}}})
    elsewhere = {"uses": "standard-release", "steps": {"deploy": {"with": {"to": "online"}}}}
    assert list(plans(release=elsewhere)) == ["release"]


@pytest.mark.parametrize(("change", "says"), [
    ({"steps": {"score": {"with": {"from": "online"}}}}, "has the target 'folder', which nobody scores with"),
    ({"steps": {"score": {"with": {"from": "moon"}}}}, "PLAN007"),
    ({"schedule": "@once"}, "no data interval"),
    ({"steps": {"score": {"with": {"input": "../x.parquet"}}}}, "expected a path below the project root"),
    ({"steps": {"score": {"with": {"input": {"sql": "SELECT 1"}}}}}, "expected a path below the project root"),
    ({"steps": {"score": {"with": {"inputs": "yes"}}}}, "expected true or false"),
    ({"remove": ["pin"]}, "PLAN006"),
    ({"steps": {"drift": {"uses": "drift", "insert": {"after": "pin"}}}}, "does nothing else, scores"),
])
def test_what_does_not_fit_is_told(change: dict[str, Any], says: str) -> None:
    assert says in told(score={**SCORE, **change})


def test_what_is_scored_is_the_data_of_where_it_is_scored_from() -> None:
    """The release is measured on it, so the answers must be of it too."""
    overlaid = {**BODY, "environments": {**BODY["environments"], "overnight": {"target": "batch", "with": {"path": "overnight"}, "data": {"m": {"current": "night.parquet"}}}}}
    release = {"uses": "standard-release", "steps": {"deploy": {"with": {"to": "overnight"}}}}
    made = plans(governance=overlaid, release=release, score={**SCORE, "steps": {"score": {"with": {"from": "overnight"}}}})
    assert [(one.data or {})["current"] for one in made.values()] == ["night.parquet"] * 2
    assert made["score"].overlay == {"data.current": "environments.overnight.data.m.current"}


def test_an_installation_scores_from_where_it_releases_to() -> None:
    score = {**SCORE, "steps": {"score": {"with": {"from": "overnight"}}}}
    here = {**BODY, "environments": {"overnight": {"target": "batch", "with": {"path": "overnight"}}, "production": {"target": "batch", "with": {"path": "live"}},
                                     "stage": {"target": "folder", "with": {"path": "stage"}}}}
    made = plans(governance=here, environment="production", release={"uses": "standard-release"}, score=score)
    assert (made["score"].scores, made["score"].overlay) == ("production", {"from": "[modelops] environment"})
    assert made["release"].step("deploy").options["to"] == "production"
    assert plans(governance=here, score=score)["score"].scores == "overnight"
    with pytest.raises(SpecError, match="environment 'stage' has the target 'folder', which nobody scores with"):
        plans(governance=here, environment="stage", score=score)
    with pytest.raises(SpecError, match="production is scored with on schedule, and no life cycle of the model does it"):
        plans(governance=here, environment="production", release={"uses": "standard-release"})


def test_a_release_cannot_score() -> None:
    inserted = {"score": {"uses": "score", "insert": {"after": "deploy"}, "with": {"from": "production"}}}
    assert "does nothing else, scores" in told(release={"uses": "standard-release", "steps": inserted}, score=SCORE)


def test_an_answer_must_be_told_apart_from_the_others() -> None:
    assert "which answer is of which row" in told({"key": []}, score=SCORE)
    assert plans({"key": []}, score={**SCORE, "steps": {"score": {"with": {"inputs": True}}}})
