"""An environment's overlay: data and run profile of governance.yaml, in the plan and its digest; no requirement, gate or person."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from modelops_airflow.evidence.design import design_of
from modelops_airflow.evidence.manifest import approved_digest, environment_of
from modelops_airflow.governance.powers import takes
from modelops_airflow.plan import Plan, compare, make_plan, plans_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import Source, parse_governance, parse_model
from modelops_airflow.spec.types import Governance

KEY = "sha256:" + "a" * 64
MODEL = """\
modelops: 1
model:
  name: Credit
  purpose: Estimates default.
  tier: 2
  owner: olaf
  kind: skops
  version: 1.0.0
  artifact: models/credit.skops
data:
  current: data/current.parquet
  baseline: data/baseline.parquet
  columns: {target: good, favourable: 1, protected: [sex], time: at}
lifecycles:
  release: {uses: standard-release}
  monitor: {uses: monitor, schedule: "@daily"}
"""
GOVERNANCE: dict[str, Any] = {
    "modelops": 1,
    "people": {name: {"login": {"simple": name}} for name in ("olaf", "vera", "rita")},
    "roles": {"model-owner": {"side": "make", "held_by": ["olaf"]}, "validator": {"side": "control", "held_by": ["vera"]},
              "risk": {"side": "control", "held_by": ["rita"]}},
    "environments": {
        "dev": {"target": "mark-only", "with": {"path": "live/dev"}, "run_profile": "small", "data": {"credit": {"current": "examples/few.csv"}}},
        "stage": {"target": "folder", "with": {"path": "live/stage"}, "trust": [KEY],
                  "data": {"credit": {"current": {"sql": "SELECT * FROM applications", "connection": "stage"}}}},
        "production": {"target": "folder", "with": {"path": "live"}, "after": {"stage": "P90D"}},
    },
    "run_profiles": {"small": {"pool": "small"}, "large": {"pool": "large"}},
}


def governance(change: Any = None) -> Source[Governance]:
    body = copy.deepcopy(GOVERNANCE)
    if change is not None:
        change(body["environments"])
    return parse_governance(yaml.safe_dump(body, sort_keys=False), "governance.yaml")


def plan(environment: str = "", lifecycle: str = "release", change: Any = None, text: str = MODEL) -> Plan:
    return make_plan(parse_model(text, "credit.yaml"), governance(change).spec, lifecycle, environment=environment)


def problems(change: Any = None, environment: str = "", text: str = MODEL) -> str:
    with pytest.raises(SpecError) as error:
        plan(environment, change=change, text=text)
    return str(error.value)


def test_one_file_is_planned_for_each_environment_with_its_data_and_profile() -> None:
    dev, stage, production = (plan(name) for name in ("dev", "stage", "production"))
    assert [environment_of(one.to_json()) for one in (dev, stage, production)] == ["dev", "stage", "production"]
    assert [one.data and one.data["current"] for one in (dev, stage, production)] == [
        "examples/few.csv", {"sql": "SELECT * FROM applications", "connection": "stage"}, "data/current.parquet"]
    assert all(one.data and one.data["baseline"] == "data/baseline.parquet" for one in (dev, stage, production)), "what is not named stays"
    assert {step.profile for step in dev.steps} == {"small"}
    assert {step.profile for step in production.steps} == {"default"}


def test_the_plan_says_where_each_part_comes_from() -> None:
    assert plan("stage").overlay == {"to": "[modelops] environment", "data.current": "environments.stage.data.credit.current"}
    assert plan().overlay == {"steps.evidence-from-stage": "environments.production.after.stage"}
    assert Plan.from_json(plan("stage").to_json()) == plan("stage")


def test_data_that_is_measured_is_what_is_approved() -> None:
    def elsewhere(environments: dict[str, Any]) -> None:
        environments["stage"]["data"]["credit"]["current"]["connection"] = "other"

    before, after = plan("stage"), plan("stage", change=elsewhere)
    assert before.digest != after.digest
    assert design_of(before.to_json())["data"]["current"]["connection"] == "stage"
    [impact] = compare([before], [after])
    assert impact.voids_approvals and "data: another choice of data or columns" in impact.changes


def test_a_run_profile_is_outside_the_digest_and_a_step_s_own_comes_first() -> None:
    own = MODEL.replace("{uses: standard-release}", "{uses: standard-release, steps: {bias: {run: large}}}")
    small, other = plan("dev", text=own), plan("dev", text=own, change=lambda environments: environments["dev"].update(run_profile="large"))
    assert {step.id: step.profile for step in small.steps if step.profile != "small"} == {"bias": "large"}
    assert {step.profile for step in other.steps} == {"large"}
    assert small.digest == other.digest


def test_a_plan_without_an_overlay_is_byte_for_byte_what_it_was() -> None:
    def bare(environments: dict[str, Any]) -> None:
        environments["production"].pop("after")

    one = plan(change=bare)
    assert "overlay" not in one.to_json()
    assert one.digest == approved_digest(one.to_json())


def test_a_monitor_looks_at_the_data_of_the_installation() -> None:
    assert (plan("stage", "monitor").data or {})["current"] == {"sql": "SELECT * FROM applications", "connection": "stage"}
    assert (plan("", "monitor").data or {})["current"] == "data/current.parquet"


def test_an_overlay_takes_no_requirement_gate_or_person_away() -> None:
    def asked(one: Plan) -> list[Any]:
        return [(step.id, step.requirements, dict(step.options) if step.phase == "gate" else None, step.required_by)
                for step in one.steps if step.id not in ("deploy", "evidence-from-stage")]

    assert asked(plan("dev")) == asked(plan("stage")) == asked(plan("production")) == asked(plan())
    for key, value in (("require", {}), ("steps", {}), ("gates", {}), ("people", {}), ("remove", ["bias"])):
        with pytest.raises(SpecError, match="SPEC009"):
            governance(lambda environments, key=key, value=value: environments["dev"].update({key: value}))
    with pytest.raises(SpecError, match="SPEC009"):
        governance(lambda environments: environments["dev"]["data"]["credit"].update(columns={"protected": []}))


def test_production_asks_what_came_before_and_no_file_can_take_it_out() -> None:
    step = plan().step("evidence-from-stage")
    assert (step.uses, dict(step.options), step.required_by) == ("evidence-from", {"environment": "stage", "max_age": "P90D"}, ("governance, production",))
    assert [(one.metric, one.fail) for one in step.requirements] == [("environment_passed", "< 1")]
    assert "evidence-from-stage" in plan().step("decide").needs
    assert "evidence-from-stage" not in [one.id for one in plan("stage").steps]
    removed = MODEL.replace("{uses: standard-release}", "{uses: standard-release, remove: [evidence-from-stage]}")
    assert "there is no step 'evidence-from-stage' to remove" in problems(text=removed)
    softened = MODEL.replace("{uses: standard-release}", "{uses: standard-release, steps: {evidence-from-stage: {with: {max_age: P9999D}}}}")
    assert "PLAN002" in problems(text=softened)
    taken = MODEL.replace("{uses: standard-release}", "{uses: standard-release, steps: {evidence-from-stage: {uses: drift, insert: {after: bias}}}}")
    assert "PLAN011 environments.production.after of governance.yaml adds a step" in problems(text=taken)


@pytest.mark.parametrize(("change", "said"), [
    (lambda one: one["dev"].update(run_profile="smal"), "governance.yaml:30:18: SPEC015 there is no run profile 'smal' (did you mean 'small'?)"),
    (lambda one: one["production"].update(after={"stag": "P9D"}), "there is no environment 'stag' (did you mean 'stage'?)"),
    (lambda one: one["production"].update(after={"dev": "P9D"}), "environment dev names no key"),
    (lambda one: one["production"].update(after={"production": "P9D"}), "production cannot come after itself"),
    (lambda one: one["production"].update(after={"stage": "90 days"}), "an ISO 8601 duration"),
    (lambda one: one["production"].update(canary="stag"), "there is no environment 'stag' (did you mean 'stage'?)"),
    (lambda one: one["production"].update(canary="production"), "production cannot be a canary: it is the environment itself"),
    (lambda one: (one["production"].update(canary="stage"), one["stage"].update(canary="dev")), "stage cannot be a canary: it has one of its own"),
    (lambda one: (one["production"].update(canary="dev"), one["stage"].update(canary="dev")), "dev is the canary of stage already"),
    (lambda one: one["stage"].update(trust=["sha256:12"]), "SPEC012"),
    (lambda one: one["stage"].update(trust=[]), "SPEC012"),
    (lambda one: one["dev"]["data"]["credit"].update(current="../others.csv"), "leaves the project"),
    (lambda one: one["dev"]["data"]["credit"].update(current={"files": "/etc/*", "connection": "s3"}), "leaves the project or its store"),
    (lambda one: one["dev"]["data"].update(credit={}), "no data is named"),
    (lambda one: one["stage"]["data"]["credit"]["current"].update(sql="DELETE FROM applications"), "SPEC016"),
])
def test_mistakes_of_governance_are_told_with_their_place(change: Any, said: str) -> None:
    with pytest.raises(SpecError) as error:
        governance(change)
    assert said in str(error.value)
    first = error.value.problems[0]
    assert first.line > 20 and first.column > 1


CANARIED = MODEL.replace("{uses: standard-release}", "{uses: standard-release, steps: {deploy: {with: {through: canary, bake: PT30M}}}}")


def canaries(environments: dict[str, Any]) -> None:
    """Production and stage have a canary each."""
    environments["production"]["canary"], environments["stage"]["canary"] = "canary", "rehearsal"
    environments["canary"] = {"target": "folder", "with": {"path": "canary", "held": True}, "after": {"stage": "P30D"}}
    environments["rehearsal"] = {"target": "folder", "with": {"path": "rehearsal", "held": True}}


def test_a_release_goes_through_the_canary_of_the_installation_alone() -> None:
    goes = {name: dict(plan(name, change=canaries, text=CANARIED).step("deploy").options) for name in ("", "production", "stage")}
    assert [(one["to"], one["through"]) for one in goes.values()] == [("production", "canary"), ("production", "canary"), ("stage", "rehearsal")]
    stage = plan("stage", change=canaries, text=CANARIED)
    assert (stage.overlay["to"], stage.overlay["through"]) == ("[modelops] environment", "environments.stage.canary")
    assert "through" not in plan("production", change=canaries, text=CANARIED).overlay


@pytest.mark.parametrize("environment", ["stage", "production"])
def test_an_installation_without_a_canary_of_its_own_releases_through_none(environment: str) -> None:
    def undeclared(environments: dict[str, Any]) -> None:
        canaries(environments)
        environments[environment].pop("canary")

    told = problems(undeclared, environment, CANARIED)
    assert f"PLAN026 this installation is '{environment}', and governance.yaml names no canary of it: 'canary' may be another's" in told
    assert f"write `canary: <environment>` into environments.{environment}" in told


def test_the_canary_of_one_environment_is_not_that_of_another_and_takes_no_release_for_good() -> None:
    elsewhere = CANARIED.replace("through: canary", "to: stage, through: canary")
    assert "PLAN026 'canary' is the canary of 'production', and this life cycle releases to 'stage'" in problems(canaries, text=elsewhere)
    there = MODEL.replace("{uses: standard-release}", "{uses: standard-release, steps: {deploy: {with: {to: canary}}}}")
    for environment, text in (("", there), ("canary", MODEL)):
        assert "PLAN026 'canary' is the canary of 'production', and takes no release for good" in problems(canaries, environment, text)


def test_what_a_canary_comes_after_is_asked_of_what_goes_through_it() -> None:
    """The younger of two demands counts; a release that goes through none is asked production's own."""
    def alone(environments: dict[str, Any]) -> None:
        canaries(environments)
        environments["production"].pop("after")

    def older(environments: dict[str, Any]) -> None:
        canaries(environments)
        environments["canary"]["after"] = {"stage": "P120D"}

    for change, asked in ((canaries, "P30D"), (alone, "P30D"), (older, "P90D")):
        made = plan(change=change, text=CANARIED)
        assert made.step("evidence-from-stage").options["max_age"] == asked
        assert made.overlay["steps.evidence-from-stage"] == f"environments.{'production' if asked == 'P90D' else 'canary'}.after.stage"
    assert plan(change=canaries).step("evidence-from-stage").options["max_age"] == "P90D"
    assert "evidence-from-stage" not in [step.id for step in plan(change=alone).steps]


def test_another_canary_takes_two_people_and_none_takes_one() -> None:
    without, with_canary = governance().spec, governance(canaries).spec

    def other(environments: dict[str, Any]) -> None:
        canaries(environments)
        environments["production"]["canary"], environments["stage"]["canary"] = "rehearsal", "canary"

    assert takes(with_canary, governance(other).spec) == 2
    assert takes(with_canary, governance(lambda one: (canaries(one), one["stage"].pop("canary"))).spec) == 1
    assert takes(without, with_canary) == 2


def test_data_that_the_file_does_not_name_is_not_added() -> None:
    less = MODEL.replace("  baseline: data/baseline.parquet\n", "").replace("{uses: standard-release}", "{uses: low-risk-fast-track}").replace("tier: 2", "tier: 3")
    assert "PLAN016 governance.yaml says where the baseline of the data lies (environments.dev.data.credit), and the model names none" in problems(
        lambda one: one["dev"]["data"]["credit"].update(baseline="data/b.csv"), "dev", less)


def test_an_installation_that_is_no_environment_plans_nothing() -> None:
    assert "[modelops] environment is 'prod', which governance.yaml does not have" in problems(environment="prod")
    with pytest.raises(SpecError, match=r"did you mean 'stage'"):
        plans_of(parse_model(MODEL, "credit.yaml"), governance().spec, environment="stge")


@pytest.mark.parametrize(("environment", "said"), [
    ("stagee", "governance.yaml has no environment 'stagee' (did you mean 'stage'?)"),
    ("dev", "environment 'dev' of governance.yaml names no key"),
    ("production", "that is where this life cycle releases to"),
])
def test_a_step_that_asks_for_evidence_is_linted(environment: str, said: str) -> None:
    step = f"{{uses: standard-release, steps: {{passed: {{uses: evidence-from, insert: {{after: drift}}, with: {{environment: {environment}}}}}}}}}"
    told = problems(text=MODEL.replace("{uses: standard-release}", step))
    assert said in told
    assert told.startswith("credit.yaml:15:")
