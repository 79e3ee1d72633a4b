"""Properties of the difference between two runs: empty of a run and itself, the same both ways round, never equal without evidence."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.evidence.difference import UNEXPLAINED, UNKNOWN, difference
from modelops_airflow.evidence.rests import RecordedRun, RecordedStep

NAMES = ("bias", "drift", "profile", "scan-artifact")
words = st.sampled_from(("a", "b", "c"))
values = st.sampled_from((None, 0.0, 1.0, 2.0))
environments = st.fixed_dictionaries({"python": words, "platform": words, "libraries": st.dictionaries(st.sampled_from(("numpy", "scipy")), words)})
bases = st.none() | st.fixed_dictionaries({
    "environment": environments, "code": st.fixed_dictionaries({"version": words, "digest": words}), "interval": st.none() | st.lists(words, min_size=2, max_size=2),
    "data": st.dictionaries(st.sampled_from(("current", "baseline")), st.lists(st.tuples(words, words).map(list), max_size=2))})
metrics = st.fixed_dictionaries({"name": words, "where": st.dictionaries(words, words, max_size=1), "value": values})
measurements = st.fixed_dictionaries({
    "check": words, "version": st.integers(1, 2), "status": st.just("measured"), "metrics": st.lists(metrics, max_size=4),
    "inputs": st.dictionaries(st.sampled_from(("current", "baseline", "champion", "file:checks/a.py", "file:x.md", "earlier:1")), words),
    "parameters": st.dictionaries(st.sampled_from(("suite", "suite_digest", "as_of")), words)})
verdicts = st.sampled_from((None, "pass", "pass, warned", "fail"))


@st.composite
def steps(draw: st.DrawFn) -> RecordedStep:
    measurement = draw(st.none() | measurements)
    judged = {(row["name"], "{}"): draw(words) for row in (measurement or {"metrics": ()})["metrics"]}
    evidence = None if measurement is None else "sha256:" + str(sorted(map(str, measurement.items())))
    return RecordedStep(draw(st.sampled_from(NAMES)), evidence, draw(verdicts), measurement, judged, draw(bases))


rules = st.fixed_dictionaries({"metric": words, "where": st.dictionaries(words, words, max_size=1), "warn": st.none(), "fail": words, "origin": words})
planned = st.lists(st.fixed_dictionaries({
    "id": st.sampled_from((*NAMES, "approve")), "uses": st.sampled_from(NAMES), "options": st.dictionaries(words, words, max_size=2),
    "requirements": st.lists(rules, max_size=2), "phase": st.sampled_from(("prepare", "check", "gate", "act")), "required_by": st.lists(words, max_size=1)}),
    max_size=5, unique_by=lambda step: step["id"])
plans = st.none() | st.fixed_dictionaries({
    "model": st.fixed_dictionaries({"kind": words, "name": words, "with": st.none() | st.dictionaries(words, words, max_size=1)}),
    "data": st.none() | st.fixed_dictionaries({"current": words, "baseline": words, "columns": words}), "lifecycle": words, "template": words,
    "on": st.sampled_from(("schedule", "version-registered")), "policies": st.dictionaries(words, words, max_size=2), "steps": planned})
profiles = st.dictionaries(st.sampled_from(("current", "baseline")), st.fixed_dictionaries({"rows": st.integers(0, 3), "columns": st.dictionaries(words, words)}))
runs = st.builds(RecordedRun, label=words, model=st.just("m"), artifact=words, plan=plans, steps=st.dictionaries(st.sampled_from(NAMES), steps()),
                 verdict=st.none() | words, profile=profiles)


@settings(max_examples=300, deadline=None)
@given(runs)
def test_a_run_does_not_differ_from_itself(run: RecordedRun) -> None:
    found = difference(run, run)
    assert not found.causes
    assert not any(step.changes for step in found.steps)
    whole = [step for step in found.steps if step.evidence[0] is not None]
    assert all(step.equal for step in whole)
    assert found.equal is (bool(whole) and len(whole) == len(found.steps)), "what has no evidence is never equal"


def turned(told: dict[str, Any]) -> dict[str, Any]:
    """A difference with before and after changed over."""
    steps = [{**step, "evidence": step["evidence"][::-1], "verdicts": step["verdicts"][::-1], "changes": tuple(
        {**one, "before": one["after"], "after": one["before"], "verdicts": one["verdicts"][::-1]} for one in step["changes"])} for step in told["steps"]]
    causes = [{**cause, "before": cause["after"], "after": cause["before"]} for cause in told["causes"]]
    return {**told, "runs": told["runs"][::-1], "verdicts": told["verdicts"][::-1], "steps": steps, "causes": causes}


def told_without_prose(before: RecordedRun, after: RecordedRun) -> dict[str, Any]:
    """The difference; sentences that name the earlier run first are compared as sets of words."""
    body = asdict(difference(before, after))
    for cause in body["causes"]:
        del cause["detail"]
    for step in body["steps"]:
        step["unexplained"] = sorted(step["unexplained"].split())
    return {**body, "notes": sorted(body["notes"]), "causes": sorted(body["causes"], key=lambda one: (one["kind"], one["what"], sorted((one["before"], one["after"]))))}


def order(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "steps": list(told["steps"]), "causes": sorted(told["causes"], key=lambda one: (one["kind"], one["what"], sorted((one["before"], one["after"]))))}


@settings(max_examples=300, deadline=None)
@given(runs, runs)
def test_the_difference_is_the_same_both_ways_round(before: RecordedRun, after: RecordedRun) -> None:
    assert order(turned(told_without_prose(before, after))) == order(told_without_prose(after, before))


@settings(max_examples=300, deadline=None)
@given(runs, runs)
def test_every_step_that_differs_has_a_cause_or_says_that_it_has_none(before: RecordedRun, after: RecordedRun) -> None:
    found = difference(before, after)
    explained = {name for cause in found.causes for name in cause.steps}
    for step in found.steps:
        assert step.equal is not (step.step in explained or bool(step.unexplained))
        assert not (step.step in explained and step.unexplained)
        same = step.evidence[0] is not None and step.evidence[0] == step.evidence[1] and step.verdicts[0] == step.verdicts[1]
        assert same or not step.equal


BASIS = {"environment": {"python": "3", "platform": "x", "libraries": {"numpy": "2.0"}}, "code": {"version": "1", "digest": "d"}, "interval": None}
PLAN = {"model": {"kind": "rules"}, "data": {"current": "a.csv"}, "on": "version-registered", "lifecycle": "release", "template": "t@1", "policies": {},
        "steps": [{"id": "bias", "uses": "bias", "phase": "check", "options": {}, "requirements": []}]}


def run_of(value: float, *, basis: dict[str, Any] | None = BASIS, plan: dict[str, Any] | None = PLAN, inputs: str = "sha256:1") -> RecordedRun:
    measurement = {"check": "bias", "version": 1, "status": "measured", "metrics": [{"name": "ratio", "where": {}, "value": value}],
                   "inputs": {"current": inputs}, "parameters": {}}
    return RecordedRun("run", "m", "sha256:0", plan, {"bias": RecordedStep("bias", f"sha256:{value}{inputs}", "pass", measurement, {}, basis)}, "pass")


@pytest.mark.parametrize(("changed", "told"), [({}, UNEXPLAINED), ({"basis": None}, UNKNOWN), ({"plan": None}, UNKNOWN)])
def test_without_a_cause_it_is_unexplained_and_without_a_record_not_known(changed: dict[str, Any], told: str) -> None:
    found = difference(run_of(1.0), run_of(2.0, **changed))
    assert [step.unexplained for step in found.steps] == [told]
    assert bool(found.notes) is bool(changed)


def test_a_cause_that_is_on_record_is_named_though_others_are_not() -> None:
    found = difference(run_of(1.0, basis=None), run_of(2.0, inputs="sha256:2"))
    assert [(cause.kind, cause.what) for cause in found.causes] == [("data", "current")]
    assert found.notes == ("run: environment and code of bias were not recorded",)


def test_of_a_monitor_another_interval_is_another_stretch_of_data() -> None:
    later = {**BASIS, "interval": ["2026-01-01", "2026-01-02"]}
    plan = {**PLAN, "on": "schedule"}
    assert [cause.what for cause in difference(run_of(1.0, plan=plan), run_of(2.0, plan=plan, basis=later)).causes] == ["interval"]
    assert not difference(run_of(1.0), run_of(2.0, basis=later)).causes, "a release looks at all of the data, whenever it runs"


def test_two_runs_without_evidence_are_not_equal() -> None:
    nothing = replace(run_of(1.0), steps={})
    found = difference(nothing, nothing)
    assert not found.equal
    assert [step.unexplained for step in found.steps] == ["no evidence in run and run"]
    assert not difference(replace(nothing, plan=None), replace(nothing, plan=None)).equal, "and neither is nothing at all"
