"""What asks less than before is said, whatever it is hidden in; what asks more is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from modelops_airflow.policy.loosening import loosened

PLAN: dict[str, Any] = {
    "model": {"tier": 2, "facts": {"decides_on": "persons"}},
    "data": {"baseline": "a.parquet", "current": "b.parquet",
             "columns": {"protected": ["sex", "age"], "ignore": ["id"], "favourable": 0}},
    "steps": [
        {"id": "pin", "uses": "pin", "phase": "prepare", "options": {}, "requirements": []},
        {"id": "bias", "uses": "bias", "phase": "check", "options": {"by": ["protected"], "min_group_size": 30, "min_coverage": 0.9},
         "requirements": [{"metric": "impact_ratio", "warn": "< 0.85", "fail": "< 0.80", "where": {}}]},
        {"id": "drift", "uses": "drift", "phase": "check", "options": {"method": "psi"}, "requirements": []},
        {"id": "performance", "uses": "performance", "phase": "check", "options": {"by": ["region"]}, "requirements": []},
        {"id": "estimate", "uses": "performance-estimate", "phase": "check", "options": {}, "requirements": []},
        {"id": "ranking", "uses": "ranking", "phase": "check", "options": {"query": "session"}, "requirements": []},
        {"id": "robustness", "uses": "robustness", "phase": "check", "options": {"noise": 0.1}, "requirements": []},
        {"id": "sensitivity", "uses": "sensitivity", "phase": "check", "options": {"monotone": {"income": "increasing"}}, "requirements": []},
        {"id": "backtest", "uses": "backtest", "phase": "check", "options": {"by": "grade"}, "requirements": []},
        {"id": "alarms", "uses": "alarms", "phase": "check", "options": {"columns": ["age", "income"]}, "requirements": []},
        {"id": "approve", "uses": "approval", "phase": "gate", "options": {"roles": {"risk": 2}}, "requirements": []},
    ],
}


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    change(plan)
    return plan


def rule(plan: dict[str, Any]) -> dict[str, Any]:
    return plan["steps"][1]["requirements"][0]  # type: ignore[no-any-return]


LOOSER: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "tier": (lambda plan: plan["model"].update(tier=3), "tier 2 -> 3"),
    "fact dropped": (lambda plan: plan["model"].update(facts={}), "fact decides_on: persons -> not stated"),
    "option of the kind": (lambda plan: plan["model"].update({"with": {"private": True}}), "option private of the kind: none -> True"),
    "protected": (lambda plan: plan["data"]["columns"].update(protected=["sex"]), "column age is no longer protected"),
    "ignored": (lambda plan: plan["data"]["columns"].update(ignore=["id", "age"]), "column age is now ignored"),
    "key": (lambda plan: plan["data"]["columns"].update(key=["age"]), "column age is now a key, of which nothing is checked"),
    "favourable": (lambda plan: plan["data"]["columns"].update(favourable=1), "favourable outcome 0 -> 1"),
    "baseline": (lambda plan: plan["data"].update(baseline="c"), "another baseline: earlier limits of drift were set against the old one"),
    "step": (lambda plan: plan["steps"].pop(1), "step bias is gone"),
    "requirement": (lambda plan: plan["steps"][1].update(requirements=[]), "bias no longer requires impact_ratio"),
    "fail": (lambda plan: rule(plan).update(fail="< 0.70"), "bias fails over impact_ratio < 0.80 -> < 0.70"),
    "fail gone": (lambda plan: rule(plan).update(fail=None), "bias fails over impact_ratio < 0.80 -> never"),
    "other side": (lambda plan: rule(plan).update(warn="> 0.85"), "bias warns over impact_ratio < 0.85 -> > 0.85"),
    "only somewhere": (lambda plan: rule(plan).update(where={"sex": "f"}), "bias no longer requires impact_ratio"),
    "group size": (lambda plan: plan["steps"][1]["options"].update(min_group_size=500), "bias min_group_size: 30 -> 500"),
    "least share": (lambda plan: plan["steps"][1]["options"].update(least_share=0.09), "bias least_share: 0.0 -> 0.09"),
    "coverage": (lambda plan: plan["steps"][1]["options"].update(min_coverage=0.1), "bias min_coverage: 0.9 -> 0.1"),
    "by": (lambda plan: plan["steps"][1]["options"].update(by=[]), "bias by no longer has protected"),
    "method": (lambda plan: plan["steps"][2]["options"].update(method="ks"), "drift method: psi -> ks"),
    "binning": (lambda plan: plan["steps"][2]["options"].update(binning="evidently"), "drift binning: baseline -> evidently"),
    "an option nobody knows": (lambda plan: plan["steps"][2]["options"].update(sample=10), "drift sample: not set -> 10"),
    "an option taken away": (lambda plan: plan["steps"][2]["options"].pop("method"), "drift method: psi -> auto"),
    "one way or the other": (lambda plan: plan["steps"][1]["options"].update(intersections=False), "bias intersections: True -> False"),
    "slices": (lambda plan: plan["steps"][3]["options"].update(by=[]), "performance by no longer has region"),
    "slice size": (lambda plan: plan["steps"][3]["options"].update(min_slice_size=500), "performance min_slice_size: 30 -> 500"),
    "no calibration": (lambda plan: plan["steps"][4]["options"].update(calibrate="none"), "estimate calibrate: isotonic -> none"),
    "another query": (lambda plan: plan["steps"][5]["options"].update(query="day"), "ranking query: session -> day"),
    "more rows at the top": (lambda plan: plan["steps"][5]["options"].update(k=100), "ranking k: 10 -> 100"),
    "less relevant": (lambda plan: plan["steps"][5]["options"].update(relevant_from=0.5), "ranking relevant_from: 1.0 -> 0.5"),
    "less noise": (lambda plan: plan["steps"][6]["options"].update(noise=0.01), "robustness noise: 0.1 -> 0.01"),
    "noise left out": (lambda plan: plan["steps"][6]["options"].update(reach=0.5), "robustness reach: 1.0 -> 0.5"),
    "fewer rows": (lambda plan: plan["steps"][6]["options"].update(rows=10), "robustness rows: 1000 -> 10"),
    "another seed": (lambda plan: plan["steps"][6]["options"].update(seed=5), "robustness seed: 0 -> 5"),
    "some columns": (lambda plan: plan["steps"][6]["options"].update(columns=["age"]), "robustness columns: not set -> ['age']"),
    "fewer perturbations": (lambda plan: plan["steps"][6]["options"].update(perturbations=["missing", "extreme", "noise", "shuffle"]),
                            "robustness perturbations: not set -> ['missing', 'extreme', 'noise', 'shuffle']"),
    "direction": (lambda plan: plan["steps"][7]["options"].update(monotone={}), "sensitivity monotone of income: increasing -> not set"),
    "tolerance": (lambda plan: plan["steps"][7]["options"].update(tolerance=0.5), "sensitivity tolerance: 1e-06 -> 0.5"),
    "grade": (lambda plan: plan["steps"][8]["options"].pop("by"), "backtest by: grade -> not set"),
    "event": (lambda plan: plan["steps"][8]["options"].update(event="0"), "backtest event: not set -> 0"),
    "time": (lambda plan: plan["data"]["columns"].update(time="amount"), "column of the time: none -> amount"),
    "target": (lambda plan: plan["data"]["columns"].update(target="other"), "column of the target: none -> other"),
    "a budget for more": (lambda plan: plan["steps"][9]["options"].update(columns=["age", "income", "debt"]),
                          "alarms columns also has debt, so each column has a smaller share of the budget"),
    "a budget for fewer": (lambda plan: plan["steps"][9]["options"].update(columns=["age"]), "alarms columns no longer has income"),
    "a budget for all": (lambda plan: plan["steps"][9]["options"].pop("columns"),
                         "alarms columns: ['age', 'income'] -> not set, so each column has a smaller share of the budget"),
    "a budget for more roles": (lambda plan: plan["steps"][9]["options"].update(roles=["feature", "protected", "prediction", "score", "target"]),
                                "alarms roles also has target, so each column has a smaller share of the budget"),
    "another check": (lambda plan: plan["steps"][2].update(uses="volumetrics", options={}), "drift uses volumetrics instead of drift, which may ask less"),
    "fewer people": (lambda plan: plan["steps"][-1]["options"].update(roles={"risk": 1}), "gate approve asks 1 instead of 2 of risk"),
    "no gate": (lambda plan: plan["steps"].pop(-1), "gate approve asks 0 instead of 2 of risk"),
}


@pytest.mark.parametrize("name", LOOSER)
def test_asking_less_is_said(name: str) -> None:
    change, told = LOOSER[name]
    assert loosened(PLAN, changed(change)) == [told]


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: None,
        lambda plan: plan["model"].update(tier=1),
        lambda plan: plan["steps"][2]["options"].update(binning="baseline"),
        lambda plan: plan["data"].update(current="c"),
        lambda plan: plan["data"]["columns"].update(protected=["sex", "age", "region"], ignore=[]),
        lambda plan: rule(plan).update(fail="< 0.90", warn="<= 0.85"),
        lambda plan: plan["steps"][1]["options"].update(min_group_size=10, min_coverage=0.95, least_share=0.0),
        lambda plan: plan["steps"][6]["options"].update(noise=0.2, rows=5000, reach=1.0, seed=0, columns=None),
        lambda plan: plan["steps"][7]["options"].update(monotone={"income": "increasing", "debt": "decreasing"}, tolerance=0.0, points=20),
        lambda plan: plan["steps"][9]["options"].update(columns=["income", "age"], roles=["feature", "protected", "prediction", "score"]),
        lambda plan: plan["steps"][2]["options"].update(roles=["feature", "protected", "prediction", "score", "target", "time"]),
        lambda plan: plan["steps"][-1]["options"].update(roles={"risk": 3, "legal": 1}),
    ],
)
def test_asking_as_much_or_more_is_not(change: Callable[[dict[str, Any]], Any]) -> None:
    assert loosened(PLAN, changed(change)) == []
