"""Strategies of the deploy step: what a plan may say of them, and that people see it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelops_airflow.cli.plan import _row
from modelops_airflow.plan import Plan, compare, make_plan, plans_of
from modelops_airflow.policy.loosening import loosened
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance, parse_model

GOVERNANCE = """
modelops: 1
people: {olaf: {login: {simple: olaf}}, dana: {login: {simple: dana}}, vera: {login: {simple: vera}}, rita: {login: {simple: rita}}}
roles: {developer: {side: make, held_by: [dana]}, validator: {side: control, held_by: [vera]}, risk: {side: control, held_by: [rita]}}
artifact_roots: [models]
environments:
  production: {target: folder, with: {path: live}}
  canary: {target: folder, with: {path: canary, held: true}}
  deaf: {target: folder, with: {path: deaf}}
  declared: {target: mark-only, with: {path: declared}}
"""
MODEL = {"modelops": 1,
         "model": {"name": "M", "purpose": "P", "tier": 2, "owner": "olaf", "developers": ["dana"], "kind": "rules", "version": "1", "artifact": "models/m.yaml"},
         "data": {"baseline": "b.parquet", "current": "c.parquet", "columns": {"target": "y", "favourable": 0, "protected": ["sex"]}}}


def plan(**options: Any) -> Plan:
    body = {**MODEL, "lifecycles": {"release": {"uses": "standard-release", "steps": {"deploy": {"with": options}}}}}
    through = options.get("through")
    rules = GOVERNANCE if through not in ("canary", "deaf", "declared") else GOVERNANCE.replace("{path: live}}", f"{{path: live}}, canary: {through}}}")
    return make_plan(parse_model(yaml.safe_dump(body), "m.yaml"), parse_governance(rules, "governance.yaml").spec, "release")


@pytest.mark.parametrize("options", [{}, {"through": "canary", "bake": "PT30M"}, {"watch": "PT30M"}, {"through": "canary", "bake": "P1D", "watch": "P2D"}])
def test_a_strategy_is_a_plan(options: dict[str, Any]) -> None:
    assert plan(**options).step("deploy").options == {"to": "production", **options}


@pytest.mark.parametrize(("options", "code", "message"), [
    ({"through": "nowhere", "bake": "PT1M"}, "PLAN007", "no environment 'nowhere'"),
    ({"through": "production", "bake": "PT1M"}, "PLAN026", "the canary of step 'deploy' is 'production' itself"),
    ({"through": "deaf", "bake": "PT1M"}, "PLAN026", "does not heed what its runtime holds back"),
    ({"through": "declared", "bake": "PT1M"}, "PLAN026", "the target 'mark-only' of 'declared' cannot hold a version back"),
    ({"through": "canary"}, "PLAN026", "option 'through' of step 'deploy' needs 'bake'"),
    ({"bake": "PT1M"}, "PLAN026", "option 'bake' of step 'deploy' needs 'through'"),
    ({"through": "canary", "bake": "PT0S"}, "PLAN005", "'PT0S' is no time to look"),
    ({"watch": "P31D"}, "PLAN005", "'P31D' is no time to look"),
    ({"watch": "soon"}, "PLAN005", "'soon' is no duration"),
    ({"watch": 30}, "PLAN005", "30 is no duration"),
    ({"through": ["canary"], "bake": "PT1M"}, "PLAN007", "no environment ['canary']"),
])
def test_what_is_no_strategy_is_told_where_it_is_written(options: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        plan(**options)
    problem, = caught.value.problems
    assert (problem.code, message in problem.message) == (code, True), problem.message


def test_a_canary_that_another_life_cycle_releases_to_for_good_is_none() -> None:
    """What is released there would be superseded by the next trial, and nothing puts it back."""
    lifecycles = {"release": {"uses": "standard-release", "steps": {"deploy": {"with": {"through": "canary", "bake": "PT1M"}}}},
                  "early": {"uses": "standard-release", "steps": {"deploy": {"with": {"to": "canary"}}}}}
    governance = parse_governance(GOVERNANCE.replace("{path: live}}", "{path: live}, canary: canary}"), "governance.yaml").spec

    def made(**changed: Any) -> list[Plan]:
        return plans_of(parse_model(yaml.safe_dump({**MODEL, "lifecycles": {**lifecycles, **changed}}), "m.yaml"), governance)

    with pytest.raises(SpecError, match="PLAN026 'canary' is the canary of 'production', and takes no release for good"):
        made()
    assert made(early={"uses": "standard-release", "steps": {"deploy": {"with": {"to": "deaf"}}}})


def test_a_canary_in_the_same_place_is_none() -> None:
    """Governance refuses two environments with one path; other targets may still be one place."""
    with pytest.raises(SpecError, match="same place"):
        parse_governance(GOVERNANCE.replace("path: canary", "path: live"), "governance.yaml")


def test_the_plan_shows_it_and_a_change_voids_approvals() -> None:
    through = plan(through="canary", bake="PT30M", watch="PT1H")
    assert "through canary for PT30M to production, watched for PT1H" in _row(through.step("deploy"))[4]
    impact, = compare([plan()], [through])
    assert impact.voids_approvals and "step deploy: options" in "".join(impact.changes)


@pytest.mark.parametrize(("before", "after", "lines"), [
    ({"through": "canary", "bake": "PT30M"}, {}, ["deploy no longer goes through canary"]),
    ({"through": "canary", "bake": "PT30M"}, {"through": "canary", "bake": "PT10M"}, ["deploy bake: PT30M -> PT10M"]),
    ({"watch": "PT30M"}, {}, ["deploy watch: PT30M -> not set"]),
    ({}, {"through": "canary", "bake": "PT30M", "watch": "PT30M"}, []),
    ({"watch": "PT60M"}, {"watch": "PT1H"}, []),
])
def test_less_time_to_look_is_looser(before: dict[str, Any], after: dict[str, Any], lines: list[str]) -> None:
    assert loosened(plan(**before).to_json(), plan(**after).to_json()) == lines


def test_only_governance_makes_an_environment_the_canary_of_another() -> None:
    body = {**MODEL, "lifecycles": {"release": {"uses": "standard-release", "steps": {"deploy": {"with": {"to": "sandbox", "through": "canary", "bake": "PT30M"}}}}}}
    rules = GOVERNANCE + "  sandbox: {target: folder, with: {path: sandbox}}\n"
    with pytest.raises(SpecError, match=r"PLAN026 governance.yaml does not say that 'canary' is the canary of 'sandbox'"):
        make_plan(parse_model(yaml.safe_dump(body), "m.yaml"), parse_governance(rules, "governance.yaml").spec, "release")
    declared = rules.replace("{path: sandbox}}", "{path: sandbox}, canary: canary}")
    assert make_plan(parse_model(yaml.safe_dump(body), "m.yaml"), parse_governance(declared, "governance.yaml").spec, "release"), "the control"
