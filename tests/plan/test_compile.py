"""Compilation of packs: what a life cycle lacks is added and marked, and no model file takes it away."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from modelops_airflow.checks import CHECKS
from modelops_airflow.evidence.manifest import authority, gates_of
from modelops_airflow.plan import Plan, compare, plans_of
from modelops_airflow.policy.condition import Condition
from modelops_airflow.spec.problem import Problem, SpecError
from modelops_airflow.spec.read import parse_governance
from policy.shipped import FACTS, ON, ROOT, example, governance

RULES = governance()
DEMO = parse_governance((ROOT / "dags" / "governance.yaml").read_text(), "dags/governance.yaml").spec
SEL = "nyc-ll144 LL144-SEL"


def release(*packs: str, name: str = "credit-risk", facts: dict[str, Any] | None = None, rules: Any = RULES, on: date = ON, **use: Any) -> Plan:
    """The release of an example with packs, their facts, and changes of the model file."""
    stated = {key: value for pack in packs for key, value in FACTS.get(pack, {}).items()} | (facts or {})
    template = "low-risk-fast-track" if name == "affordability" else "standard-release"
    source = example(name, *packs, facts=stated, lifecycles={"release": {"uses": template, **use}})
    return plans_of(source, rules, on=on)[0]


def refused(*packs: str, **more: Any) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        release(*packs, **more)
    return list(caught.value.problems)


def test_a_required_step_is_added_with_the_librarys_defaults_before_the_decision_and_marked() -> None:
    plan = release("sr-11-7")
    order = [step.id for step in plan.steps]

    assert plan.step("robustness").required_by == ("sr-11-7 SR117-DEV-2",) and order.index("robustness") < order.index("decide")
    assert "robustness" in plan.step("decide").needs and "robustness" not in [step.id for step in release().steps]
    rule, = plan.step("robustness").requirements
    assert (rule.metric, rule.warn, rule.origin, rule.basis) == ("prediction_change_share", "> 0.10", "sr-11-7 SR117-DEV-2", "project default")


def test_a_step_that_the_library_has_elsewhere_comes_with_its_requirements() -> None:
    plan = release("nist-ai-rmf", name="credit-risk", rules=RULES, uses="standard-release")
    fast = plans_of(example("complaint-assistant", "nist-ai-rmf", facts=FACTS["nist-ai-rmf"], lifecycles={"release": {"uses": "low-risk-fast-track"}}), RULES, on=ON)[0]

    assert {one.metric for one in fast.step("performance").requirements} == {"auc", "labelled_share"}
    assert fast.step("performance").required_by == ("nist-ai-rmf RMF-MEASURE-2.3",)
    assert "nist-ai-rmf RMF-MEASURE-2.3" in plan.step("performance").required_by


def test_a_step_of_the_model_files_own_is_not_added_again() -> None:
    own = {"mine": {"uses": "robustness", "insert": {"after": "drift"}}}
    plan = release("sr-11-7", steps=own)

    assert [step.id for step in plan.steps if step.uses == "robustness"] == ["mine"]
    assert plan.step("mine").required_by == ("sr-11-7 SR117-DEV-2",) and plan.step("mine").requirements[0].warn == "> 0.10"


def test_one_gate_for_each_role_covers_its_controls_and_a_gate_that_asks_the_role_alone_is_used() -> None:
    plan = release("eu-ai-act-high-risk", "nyc-ll144", facts={"jurisdictions": ["EU"]})
    covered = {step.id: step.options["controls"] for step in plan.steps if "controls" in step.options}

    assert set(covered) == {"approve-validation", "approve-risk", "attest-legal", "attest-independent-auditor"}
    assert {"nyc-ll144 LL144-SCOPE", "eu-ai-act-high-risk AIA-6"} <= set(covered["attest-legal"])
    assert plan.step("attest-legal").options["roles"] == {"legal": 1} and plan.step("attest-legal").uses == "attestation"
    assert plan.step("deploy").needs == ("attest-legal",) or "attest-independent-auditor" in plan.step("deploy").needs
    assert plan.step("approve-risk").options["roles"] == {"risk": 1}, "the house's own gate asks what it asked"


def test_what_a_decision_covers_is_in_the_subject_of_the_gate() -> None:
    with_pack, without = release("four-fifths"), release()

    assert authority(gates_of(with_pack.to_json()), "a@b") != authority(gates_of(without.to_json()), "a@b")
    assert with_pack.digest != without.digest and Plan.from_json(with_pack.to_json()) == with_pack
    assert any(one.asks_approvals for one in compare([without], [with_pack]))


def test_a_control_that_is_not_asked_any_more_is_told_as_loosened_with_the_reason() -> None:
    before, other, gone = release("four-fifths"), release("four-fifths", facts={"decisions_on_persons": False}, name="credit-risk"), release()
    selection, score = (release("nyc-ll144", facts={"output": output}) for output in ("selection", "score"))

    told, = compare([selection], [score])
    assert any(line == "loosened: nyc-ll144 LL144-SEL is not asked any more: not (facts.output in ['selection', 'classification'])" for line in told.changes)
    told, = compare([before], [gone])
    assert "policy four-fifths: applies, 2 controls -> not named" in told.changes
    assert any("four-fifths FF-CAUTION is not asked any more: not named any more" in line for line in told.changes)
    assert other.packs["four-fifths"]["standing"] == "applies", "protected columns are named"


def test_attestations_do_not_stand_in_for_approvals() -> None:
    problems = refused("nyc-ll144", name="affordability", remove=["approve-risk"])

    assert {"PLAN006", "PLAN010"} <= {one.code for one in problems}


def test_approvals_that_a_control_requires_get_a_gate_of_their_own() -> None:
    plan = release("nist-ai-rmf", name="affordability")
    roles = {step.id: step.options["roles"] for step in plan.steps if step.uses == "approval"}

    assert roles == {"approve-risk": {"control": 1}, "approve-risk-for-policy": {"risk": 1}, "approve-validator": {"validator": 1}}
    assert plan.step("approve-validator").required_by == ("house, tier 3", "nist-ai-rmf RMF-MAP-1.1", "nist-ai-rmf RMF-MEASURE-1.3", "nist-ai-rmf RMF-MEASURE-2.9")


@pytest.mark.parametrize(("use", "code", "words", "line"), [
    ({"remove": ["bias"]}, "PLAN006", SEL, "bias"),
    ({"steps": {"bias": {"require": {"impact_ratio": {"warn": "< 0.70"}}}}}, "REQ005", SEL, '"< 0.7" loosens'),
    ({"steps": {"bias": {"with": {"intersections": False}}}}, "PLAN019", SEL, "intersections"),
    ({"remove": ["attest-legal"]}, "PACK014", "nyc-ll144 LL144-SCOPE", "attest-legal"),
    ({"steps": {"attest-legal": {"with": {"roles": {"control": 1}}}}}, "PACK014", "nyc-ll144 LL144-SCOPE", "legal"),
])
def test_taking_out_or_loosening_is_an_error_that_names_pack_control_and_line(use: dict[str, Any], code: str, words: str, line: str) -> None:
    found = [one for one in refused("nyc-ll144", **use) if one.code == code and words in one.message]

    assert found and found[0].line > 1 and found[0].file == "dags/models/credit-risk.yaml"
    assert any(line in str(one) for one in found)


@pytest.mark.parametrize("use", [{"remove": ["robustness"]}, {"steps": {"robustness": {"require": {"prediction_change_share": {"warn": "> 0.2"}}}}}])
def test_an_added_step_can_neither_be_taken_out_nor_loosened(use: dict[str, Any]) -> None:
    assert any("sr-11-7 SR117-DEV-2" in one.message for one in refused("sr-11-7", **use))


def test_an_added_step_and_gate_can_be_tuned_and_tightened() -> None:
    plan = release("sr-11-7", "nyc-ll144", steps={
        "robustness": {"with": {"noise": 0.2}, "require": {"prediction_change_share": {"warn": "> 0.05"}}}, "attest-legal": {"with": {"due": "P10D"}}})

    assert plan.step("robustness").options["noise"] == 0.2 and plan.step("robustness").requirements[0].warn == "> 0.05"
    assert plan.step("attest-legal").options["due"] == "P10D"


@pytest.mark.parametrize("roles", ["legal", [], {}, {"legal": "one"}, {"legal": True}, {"legal": 0}, {"legal": None}, {"risk": [2]}, 7])
@pytest.mark.parametrize("gate", ["attest-legal", "approve-risk", "approve-validation"])
def test_roles_that_are_none_are_told_and_crash_nothing(gate: str, roles: Any) -> None:
    assert refused("nyc-ll144", "nist-ai-rmf", facts={"origin": "in-house"}, steps={gate: {"with": {"roles": roles}}})


def test_no_model_file_writes_what_a_decision_covers() -> None:
    assert [one.code for one in refused("four-fifths", steps={"approve-risk": {"with": {"controls": ["four-fifths FF-CAUTION"]}}})] == ["PLAN004"]


def test_a_role_that_nobody_has_is_told_with_the_role_to_add() -> None:
    found, = [one for one in refused("nyc-ll144", rules=DEMO) if one.code == "PACK012"]

    assert "nyc-ll144 LL144-AUDIT-AGE needs the role 'independent-auditor'" in found.message and "roles: independent-auditor:" in found.next_step
    assert found.line > 1


def test_a_person_on_both_sides_of_what_a_pack_keeps_apart_is_told() -> None:
    body = yaml.safe_load((ROOT / "dags" / "governance.yaml").read_text())
    body["roles"]["independent-auditor"] = {"side": "control", "held_by": ["validator-1", "auditor-1"]}
    rules = parse_governance(yaml.safe_dump(body), "governance.yaml").spec

    assert any(one.code == "PACK013" and "validator-1 is both" in one.message for one in refused("nyc-ll144", rules=rules))
    body["roles"]["independent-auditor"]["held_by"] = ["auditor-1"]
    assert release("nyc-ll144", rules=parse_governance(yaml.safe_dump(body), "governance.yaml").spec)


def test_governance_names_packs_for_every_model() -> None:
    everywhere = governance(policies=["four-fifths", "nist-ai-rmf"])
    plan = release(rules=everywhere, facts=FACTS["nist-ai-rmf"])

    assert {name: one["named_by"] for name, one in plan.packs.items()} == {"four-fifths": "governance.yaml", "nist-ai-rmf": "governance.yaml"}
    assert set(plan.policies) == {"house", "four-fifths", "nist-ai-rmf"}
    unknown = refused(rules=governance(policies=["four-fiths"]))
    assert [one.code for one in unknown] == ["PACK015"] and "did you mean 'four-fifths'" in unknown[0].message
    silent = refused(rules=governance(policies=["sr-26-2"]))
    assert {one.code for one in silent} == {"PACK010"} and any("model.facts.sector" in str(one) for one in silent)


def test_a_fact_that_is_not_stated_is_told_with_what_it_may_be() -> None:
    found = refused("nyc-ll144", facts={"domain": "employment", "nyc_residents": True, "substantially_assists": "yes"})
    by_code = {one.code: one for one in found}

    assert "facts.substantially_assists is 'yes'" in by_code["PACK011"].message and by_code["PACK011"].expected == "true or false"
    source = example("credit-risk", "nyc-ll144", facts={"domain": "employment", "nyc_residents": True, "substantially_assists": True})
    with pytest.raises(SpecError) as caught:
        plans_of(source, RULES, on=ON)
    assert {(one.code, one.message.split(" applies")[0]) for one in caught.value.problems} == {
        ("PACK010", "whether nyc-ll144 LL144-SEL"), ("PACK010", "whether nyc-ll144 LL144-SCORE")}
    assert "state model.facts.output" in caught.value.problems[0].next_step and "selection" in caught.value.problems[0].expected


def test_a_pack_that_is_not_yet_in_effect_is_in_the_record_and_asks_for_nothing() -> None:
    before, after = (release("eu-ai-act-high-risk", on=day) for day in (date(2027, 12, 1), date(2027, 12, 2)))

    assert before.packs["eu-ai-act-high-risk"]["standing"] == "pending" and before.steps == release(facts=FACTS["eu-ai-act-high-risk"]).steps
    assert "eu-ai-act-high-risk" not in before.policies and "eu-ai-act-high-risk" in after.policies
    assert before.digest != after.digest
    assert release("eu-ai-act-high-risk", on=date(2027, 1, 1)).digest == before.digest, "the day itself is in no digest"


def test_a_pack_that_takes_over_another_is_in_force_with_its_text() -> None:
    assert set(release("sr-26-2").policies) == {"house", "sr-26-2", "sr-11-7"}


def test_the_order_of_packs_changes_no_number() -> None:
    one, two = (release(*order) for order in (("sr-11-7", "four-fifths"), ("four-fifths", "sr-11-7")))

    assert {(step.id, rule.metric, rule.warn, rule.fail) for step in one.steps for rule in step.requirements} == {
        (step.id, rule.metric, rule.warn, rule.fail) for step in two.steps for rule in step.requirements}


def test_a_number_of_several_packs_names_each_with_its_own_basis() -> None:
    rule, = [one for one in release("four-fifths", "nyc-ll144").step("bias").requirements if one.metric == "impact_ratio"]

    assert rule.origin == f"house, tier 2; four-fifths FF-RATIO; {SEL}" and rule.basis == "project default; industry"


def test_numbers_of_a_pack_are_at_least_as_strict_in_every_step_that_measures_them() -> None:
    plan = release("nist-ai-rmf", name="affordability", facts=FACTS["nist-ai-rmf"])
    rule, = [one for one in plan.step("drift").requirements if one.metric == "psi"]

    assert "psi" in CHECKS["drift"].metrics and Condition.parse(str(rule.fail)) == Condition.parse(">= 0.25"), "tier 3 of the house has 0.35"


def test_a_review_asks_for_what_is_asked_again_and_a_monitor_asks_nobody() -> None:
    plans = {one.lifecycle: one for one in plans_of(example("credit-risk", "nyc-ll144", facts=FACTS["nyc-ll144"]), RULES, on=ON)}

    assert plans["review"].step("attest-independent-auditor").options["controls"] == ["nyc-ll144 LL144-AUDIT-AGE", "nyc-ll144 LL144-INDEP"]
    assert not any(step.phase == "gate" for step in plans["monitor"].steps)
    assert SEL in plans["review"].step("bias").required_by and SEL not in plans["monitor"].step("bias").required_by
    assert any(SEL in one.origin for one in plans["monitor"].step("bias").requirements), "its number is watched there all the same"
