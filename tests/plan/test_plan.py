"""Plans: what each life cycle comes to, and what no model file can write away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelops_airflow.plan import Plan, compare, make_plan, plans_of
from modelops_airflow.plan.numbers import BUILT_IN
from modelops_airflow.policy.condition import Condition
from modelops_airflow.policy.library import packs, templates
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance

HERE = Path(__file__).parent
GOVERNANCE = read_governance(HERE.parent / "bad" / "governance.yaml").spec
MODEL = {
    "modelops": 1,
    "model": {"name": "Retail credit default", "purpose": "Decides.", "tier": 2, "owner": "credit-owner", "developers": ["credit-dev"],
              "kind": "skops", "version": "3.2.0", "artifact": "examples/credit/model-3.2.0.skops"},
    "data": {"baseline": "b.parquet", "current": "c.parquet",
             "columns": {"target": "defaulted", "favourable": 0, "protected": ["sex"]}},
}
LOGGED = {"columns": {**MODEL["data"]["columns"], "prediction": "said"}}  # type: ignore[dict-item]


def plans(tier: int = 2, data: dict[str, Any] | None = None, **lifecycles: Any) -> list[Plan]:
    """The plans of a model file with these life cycles."""
    body = {**MODEL, "model": {**MODEL["model"], "tier": tier}, "data": {**MODEL["data"], **(data or {})}}  # type: ignore[dict-item]
    if lifecycles:
        body["lifecycles"] = lifecycles
    return plans_of(parse_model(yaml.safe_dump(body), "credit-risk.yaml"), GOVERNANCE)


def as_text(plan: Plan) -> str:
    """A plan for people."""
    lines = [f"{plan.model_id}.{plan.lifecycle} tier {plan.model['tier']}: {plan.template}, on {plan.on}, schedule {plan.schedule}"]
    for step in plan.steps:
        needs = ", ".join(step.needs) or "nothing"
        lines.append(f"  {step.phase:<8} {step.id} ({step.uses}) after {needs}" + (f"; by {', '.join(step.required_by)}" if step.required_by else ""))
        lines += [f"             with {name}: {value}" for name, value in sorted(step.options.items())]
        lines += [f"             {one.metric}: warn {one.warn}, fail {one.fail} ({one.origin}{'; ' + one.basis if one.basis else ''})"
                  for one in step.requirements]
    return "\n".join(lines) + "\n"


SCORED = {"batch-score": {"steps": {"score": {"with": {"from": "overnight", "inputs": True}}}}}
"""What a model file has to say for a life cycle that needs it."""


def fitting(template: str) -> int:
    return 3 if template == "low-risk-fast-track" else 2


@pytest.mark.parametrize("template", sorted(templates()))
def test_the_plan_of_a_life_cycle_reads_as_it_is_meant_to(template: str, snapshot: Callable[[Path, str], None]) -> None:
    plan, = plans(fitting(template), LOGGED if template == "logged-monitor" else None, it={"uses": template, **SCORED.get(template, {})})

    snapshot(HERE / "golden" / f"{template}.txt", as_text(plan))


def test_a_tier_has_its_life_cycles_where_a_model_names_none() -> None:
    assert [(one.lifecycle, one.template, one.schedule) for one in plans(3)] == [
        ("release", "low-risk-fast-track@1", None), ("monitor", "monitor@1", "@weekly"), ("review", "periodic-review@2", "19 5 6 6 *"),
    ]
    assert plans(1)[0].step("approve-risk").options["roles"] == {"risk": 2}


def test_a_plan_comes_back_from_its_json_with_the_same_digest() -> None:
    for plan in plans():
        again = Plan.from_json(plan.to_json())
        assert again == plan and again.digest == plan.digest


def test_where_and_when_a_step_runs_is_in_no_digest_and_what_it_requires_is() -> None:
    base, = plans(release={"uses": "standard-release"})
    elsewhere, = plans(release={"uses": "standard-release", "steps": {"drift": {"run": "default"}}, "schedule": "@daily"})
    stricter, = plans(release={"uses": "standard-release", "steps": {"drift": {"require": {"psi": {"fail": ">= 0.2"}}}}})

    assert base.digest == elsewhere.digest
    assert base.digest != stricter.digest
    impact, = compare([base], [stricter])
    assert impact.voids_approvals and impact.changes == ("step drift: psi warn >= 0.10, fail >= 0.25 -> warn >= 0.10, fail >= 0.2 (model file)",)
    assert not compare([base], [elsewhere])[0].voids_approvals
    assert compare([base], [base]) == []
    assert compare([], [base])[0].what == "added" and compare([base], [])[0].what == "removed"


def test_digests_of_plans_do_not_depend_on_the_hash_seed() -> None:
    code = ("from pathlib import Path; from modelops_airflow.plan import plans_of;"
            "from modelops_airflow.spec.read import read_governance, read_model;"
            "g = read_governance(Path('dags/governance.yaml')).spec;"
            "print([str(p.digest) for f in sorted(Path('dags/models').glob('*.yaml')) for p in plans_of(read_model(f, name=f.name), g)])")
    told = [
        subprocess.run([sys.executable, "-c", code], cwd=HERE.parent.parent, env={**os.environ, "PYTHONHASHSEED": str(seed)},
                       capture_output=True, text=True, check=True, timeout=120).stdout
        for seed in range(5)
    ]

    assert len(set(told)) == 1 and told[0].count("sha256:") >= 4


def test_mistakes_of_every_life_cycle_are_told_at_once() -> None:
    with pytest.raises(SpecError) as one:
        plans(**{name: {"uses": "standard-release", "steps": {"drfit": {}}} for name in ("a", "b")})

    assert [problem.code for problem in one.value.problems] == ["PLAN002", "PLAN002"]


def test_a_life_cycle_that_the_model_does_not_have_is_named_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean 'release'"):
        make_plan(parse_model(yaml.safe_dump(MODEL), "credit-risk.yaml"), GOVERNANCE, "relaese")


@pytest.mark.parametrize("steps", [
    {"drift": {"needs": []}}, {"profile": {"needs": []}}, {"decide": {"needs": ["drift"]}}, {"deploy": {"needs": ["pin"]}},
    {"bias": {"needs": ["drift"]}}, {"again": {"uses": "drift", "insert": {"after": "decide"}, "require": {"psi": {"fail": ">= 0.2"}}}},
])
def test_edges_that_protect_are_there_whatever_is_written(steps: dict[str, Any]) -> None:
    plan, = plans(release={"uses": "standard-release", "steps": steps})
    order = [step.id for step in plan.steps]
    checks = {step.id for step in plan.steps if step.phase == "check"}

    assert plan.step("scan-artifact").needs == ("pin",) and "scan-artifact" in plan.step("profile").needs
    assert all("profile" in plan.step(one).needs for one in checks)
    assert checks <= set(plan.step("decide").needs)
    assert "approve-risk" in plan.step("deploy").needs
    assert order.index("decide") < order.index("approve-validation") < order.index("approve-risk") < order.index("deploy")


IDS = ["pin", "scan-artifact", "profile", "validate-data", "performance", "bias", "drift", "decide", "approve-validation", "approve-risk",
       "deploy", "evidence-pack", "extra", "drfit"]
KINDS = ["pin", "scan-artifact", "profile", "expectations", "performance", "bias", "drift", "decide", "approval", "attestation", "deploy"]
METRICS = ["psi", "auc", "impact_ratio", "critical_failed", "untrusted_types", "format_allowed", "artifact_findings", "rows", "ks_p"]
NUMBERS = st.sampled_from(["0", "1", "0.05", "0.1", "0.25", "0.3", "0.6", "0.7", "0.75", "0.8", "5", "nan"])
CONDITIONS = st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS)
WHERE = st.just({}) | st.just({"column": "income"})
REQUIRES = st.dictionaries(
    st.sampled_from(METRICS),
    st.fixed_dictionaries({}, optional={"warn": CONDITIONS, "fail": CONDITIONS, "where": WHERE}), max_size=2,
)
ROLES = st.dictionaries(st.sampled_from(["risk", "validator", "control", "legal", "owner", "developer"]), st.integers(0, 3), max_size=2)
WITHS = st.fixed_dictionaries({}, optional={"roles": ROLES, "meaning": st.sampled_from(["approve", "attest"]), "to": st.just("production")})
CHANGES = st.fixed_dictionaries({}, optional={
    "uses": st.sampled_from(KINDS), "insert": st.builds(lambda after: {"after": after}, st.sampled_from(IDS)),
    "with": WITHS, "require": REQUIRES, "needs": st.lists(st.sampled_from(IDS), max_size=2),
})
USES = st.fixed_dictionaries(
    {"uses": st.sampled_from(sorted(templates()))},
    optional={"steps": st.dictionaries(st.sampled_from(IDS), CHANGES, max_size=2), "remove": st.lists(st.sampled_from(IDS), max_size=2)},
)

# Overrides that are well written, so that only the rules themselves can refuse them.
AIMS = [("scan-artifact", "untrusted_types", ">"), ("scan-artifact", "format_allowed", "<"), ("profile", "rows", "<"), ("drift", "psi", ">="),
        ("performance", "auc", "<"), ("bias", "impact_ratio", "<"), ("validate-data", "critical_failed", ">")]
AIMED_NUMBER = st.builds(
    lambda aim, word, number, where: (aim[0], {"require": {aim[1]: {word: f"{aim[2]} {number}"} | ({"where": {"column": "income"}} if where else {})}}),
    st.sampled_from(AIMS), st.sampled_from(["warn", "fail"]), st.sampled_from(["0", "0.1", "0.2", "0.3", "0.6", "0.8", "0.9", "5"]),
    st.sampled_from([False, False, True]),
)
AIMED_ROLES = st.builds(
    lambda gate, roles: (gate, {"with": {"roles": roles}}), st.sampled_from(["approve-risk", "approve-validation"]),
    st.dictionaries(st.sampled_from(["risk", "validator", "control", "legal"]), st.integers(1, 2), min_size=1, max_size=2),
)
RELEASES = [(1, {"approve-risk": {"with": {"roles": {"risk": 2}}}}), (2, {}), (3, {})]
AIMED = st.builds(
    lambda release, changes, remove: (release[0], {"uses": "standard-release", "steps": {**release[1], **dict(changes)}, "remove": remove}),
    st.sampled_from(RELEASES), st.lists(AIMED_NUMBER | AIMED_ROLES, max_size=1),
    st.lists(st.sampled_from(["bias", "drift", "performance", "validate-data", "approve-validation"]), max_size=1),
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(st.sampled_from([1, 2, 3]), USES) | AIMED)
def test_no_override_drops_a_required_step_or_loosens_a_number(release: tuple[int, dict[str, Any]]) -> None:
    tier, use = release
    try:
        plan, = plans(tier, release=use)
    except SpecError:
        return
    rules = packs()["house"].spec.tiers[str(tier)]  # type: ignore[index]
    _numbers_are_kept(plan, rules)
    order = [step.uses for step in plan.steps]
    assert order.index("pin") < order.index("scan-artifact") < order.index("profile") < order.index("decide")
    if "deploy" in order:
        assert {*rules.steps, *rules.steps_for_persons} <= set(order)
        asked: dict[str, int] = {}
        for step in plan.steps[: order.index("deploy")]:
            for role, number in (step.options["roles"] if step.phase == "gate" else {}).items():
                asked[role] = asked.get(role, 0) + number
        assert all(asked.get(role, 0) >= number for role, number in rules.approvals.items())
        assert sum(number for role, number in asked.items() if role != "owner") >= rules.control_approvals


def _numbers_are_kept(plan: Plan, rules: Any) -> None:
    for step in plan.steps:
        limits = [(metric, None, fail) for metric, fail in BUILT_IN.get(step.uses, {}).items()]
        produced = {"drift": "psi", "performance": "auc", "bias": "impact_ratio", "expectations": "critical_failed"}.get(step.uses)
        if produced in rules.numbers:
            limits.append((produced, rules.numbers[produced].warn, rules.numbers[produced].fail))
        for metric, warn, fail in limits:
            rule, = [one for one in step.requirements if one.metric == metric]
            assert not rule.where
            for ours, house in ((rule.warn, warn), (rule.fail, fail)):
                if house is not None:
                    assert ours is not None and Condition.parse(ours).at_least_as_strict_as(Condition.parse(house))


def test_a_stricter_number_is_taken_and_a_looser_one_is_refused() -> None:
    def with_psi(fail: str) -> list[Plan]:
        return plans(release={"uses": "standard-release", "steps": {"drift": {"require": {"psi": {"fail": fail}}}}})

    assert with_psi(">= 0.2")[0].step("drift").requirements[0].fail == ">= 0.2"
    with pytest.raises(SpecError, match="REQ005"):
        with_psi(">= 0.3")


def test_an_inserted_check_is_held_to_the_house_number_too() -> None:
    extra = {"uses": "drift", "insert": {"after": "drift"}, "require": {"psi": {"fail": ">= 0.9"}}}
    plan, = plans(release={"uses": "standard-release", "steps": {"extra": extra}})

    assert [one.fail for one in plan.step("extra").requirements if one.metric == "psi"] == [">= 0.25"]
