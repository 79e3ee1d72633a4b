"""Every shipped pack: compiles on every example, each control can be satisfied and broken, and no house number is told as law."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plan import Plan, plans_of
from modelops_airflow.policy.condition import Condition
from modelops_airflow.policy.control_evidence import RunEvidence, StepEvidence
from modelops_airflow.policy.control_status import Status, statuses
from modelops_airflow.policy.library import controls_of, packs
from modelops_airflow.spec.problem import SpecError
from policy.shipped import EXAMPLES, FACTS, ON, SILENT, example, governance
from policy.shipped_evidence import CONTROLS, NOW, fitting, world

RULES = governance()
REGIMES = sorted(FACTS)


def test_each_pack_of_the_issue_is_there_and_what_was_not_read_is_a_draft() -> None:
    assert set(packs()) == {"house", "jailed-pickles", *FACTS}
    assert {name for name in packs() if packs()[name].spec.draft} == {*FACTS} - {"nist-ai-rmf", "genai-baseline"}


@pytest.mark.parametrize("pack", REGIMES)
def test_a_pack_compiles_on_every_example_that_it_applies_to(pack: str) -> None:
    for name in EXAMPLES:
        release = next(one for one in plans_of(example(name, pack, facts=FACTS[pack]), RULES, on=ON) if one.lifecycle == "release")
        told = release.packs[pack]["controls"]
        covered = {words for step in release.steps for words in step.options.get("controls", ())}
        for control, one in told.items():
            if not one["applies"] or "release" not in one["at"]:
                continue
            assert set(one["steps"]) <= {step.uses for step in release.steps}, (name, control)
            assert "attest" not in one or f"{pack} {control}" in covered, (name, control)
            assert all(f"{pack} {control}" in step.required_by for step in release.steps if step.uses in one["steps"])


@pytest.mark.parametrize("pack", REGIMES)
def test_a_pack_says_what_it_lacks_on_every_example_as_it_is(pack: str) -> None:
    for name in EXAMPLES:
        try:
            plans_of(example(name, pack), RULES, on=ON)
        except SpecError as error:
            assert {problem.code for problem in error.problems} == {"PACK010"} and all(problem.line > 1 for problem in error.problems), str(error)


@pytest.mark.parametrize("pack", sorted(SILENT))
def test_a_pack_that_does_not_apply_changes_nothing_but_the_record(pack: str) -> None:
    for name in ("credit-risk", "affordability", "vendor-score"):
        with_pack, without = (plans_of(example(name, *names, facts=SILENT[pack]), RULES, on=ON) for names in ((pack,), ()))
        assert [one.steps for one in with_pack] == [one.steps for one in without] and [one.policies for one in with_pack] == [one.policies for one in without]
        assert with_pack[0].packs[pack]["standing"] == "not-applicable" and with_pack[0].packs[pack]["why"]


def test_a_release_under_the_european_act_has_a_handful_of_gates() -> None:
    for name in EXAMPLES:
        release = plans_of(example(name, "eu-ai-act-high-risk", facts=FACTS["eu-ai-act-high-risk"]), RULES, on=ON)[0]
        assert len([step for step in release.steps if step.phase == "gate"]) <= 5


def test_all_packs_together_compile() -> None:
    stated: dict[str, Any] = {}
    for facts in FACTS.values():
        stated |= facts
    stated |= {"jurisdictions": ["EU", "UK", "CA", "US"], "generative": False}
    release = plans_of(example("credit-risk", *REGIMES, facts=stated), RULES, on=ON)[0]

    assert sum(one["standing"] in ("applies", "superseded") for one in release.packs.values()) == len(REGIMES) - 1  # no model is generative and not
    assert len([step for step in release.steps if step.phase == "gate"]) == 5


def test_no_number_of_a_regime_that_has_none_is_told_as_law() -> None:
    for pack in REGIMES:
        for control in controls_of(pack):
            for number in control.numbers.values():
                assert number.basis in ("industry", "project default"), (pack, control.id)


@cache
def planned(pack: str, control: str) -> tuple[Plan, ...]:
    """Plans of an example to which a control applies."""
    return tuple(plans_of(fitting(pack, control), RULES, on=ON))


def status(plans: tuple[Plan, ...], pack: str, control: str, evidence: dict[str, RunEvidence], now: datetime = NOW) -> Status:
    found, = [one for one in statuses([plan.to_json() for plan in plans], evidence, now) if (one.pack, one.control) == (pack, control)]
    return found


@pytest.mark.parametrize(("pack", "control"), CONTROLS)
def test_each_control_can_be_satisfied_and_broken(pack: str, control: str) -> None:
    plans = planned(pack, control)
    told = next(plan.packs[pack]["controls"][control] for plan in plans)
    assert told["applies"], "the example does not exercise the control"

    met = status(plans, pack, control, world(plans))
    assert met.status == "satisfied" and met.met
    assert met.shown == ("satisfied, draft pack" if packs()[pack].spec.draft else "satisfied")

    broken = world(plans, steps=told["steps"], controls=[f"{pack} {control}"], roles=list(told.get("approvals", ())))
    unmet = status(plans, pack, control, broken)
    assert not unmet.met and unmet.lacking and all(what and step for what, step in unmet.lacking)
    assert status(plans, pack, control, {}).status == "not tested"


@pytest.mark.parametrize(("pack", "control"), [(pack, control.id) for pack in REGIMES for control in controls_of(pack) if control.every is not None])
def test_what_is_asked_again_falls_overdue_by_the_clock_alone(pack: str, control: str) -> None:
    plans = planned(pack, control)
    told = next(plan.packs[pack]["controls"][control] for plan in plans)
    if "every" not in told:
        return  # by tier, and the guidance names no period for this one
    old = world(plans, at=NOW - timedelta(days=5 * 366))

    assert status(plans, pack, control, old).status == "overdue"
    assert status(plans, pack, control, old, now=NOW - timedelta(days=5 * 366 - 1)).status == "satisfied"


@pytest.mark.parametrize(("pack", "control", "metric"), [
    (pack, control.id, metric) for pack in REGIMES for control in controls_of(pack) for metric, number in control.numbers.items() if number.fail])
def test_a_number_is_judged_anew_whatever_the_run_said(pack: str, control: str, metric: str) -> None:
    plans = planned(pack, control)
    number = next(plan.packs[pack]["controls"][control]["numbers"][metric] for plan in plans)
    limit = Condition.parse(number["fail"])
    bad = Metric(metric, limit.number + (1 if limit.high_is_bad else -1))
    evidence = {cycle: RunEvidence(tuple(
        StepEvidence(step.uses, step.verdict, step.at, _with(step.measurement, bad)) for step in run.steps), run.gates) for cycle, run in world(plans).items()}

    assert status(plans, pack, control, evidence).status == "not satisfied"


def _with(measurement: Measurement | None, metric: Metric) -> Measurement | None:
    if measurement is None or all(one.name != metric.name for one in measurement.metrics):
        return measurement
    return Measurement.of(measurement.check, [metric if one.name == metric.name else one for one in measurement.metrics])
