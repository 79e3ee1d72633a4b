"""Formats that can run code: closed until a policy opens them, and every opening shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.plan import Plan, compare, plans_of
from modelops_airflow.policy.merge import allowed_formats
from modelops_airflow.spec.policy import TierRules
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance

GOVERNANCE = read_governance(Path(__file__).parents[1] / "bad" / "governance.yaml").spec
PICKLED = ["pickle", "joblib", "cloudpickle"]


def plan(kind: str, tier: int = 2, policies: tuple[str, ...] = ("house", "jailed-pickles")) -> Plan:
    roles = {"risk": 2}
    body: dict[str, Any] = {
        "modelops": 1,
        "model": {"name": "Credit", "purpose": "Decides.", "tier": tier, "owner": "credit-owner", "developers": ["credit-dev"],
                  "kind": kind, "version": "1.0.0", "artifact": "models/m.pkl"},
        "data": {"baseline": "b.parquet", "current": "c.parquet", "columns": {"target": "y"}},
        "policies": list(policies),
        "lifecycles": {"release": {"uses": "standard-release", "steps": {"approve-risk": {"with": {"roles": roles}}}}},
    }
    return plans_of(parse_model(yaml.safe_dump(body), "credit.yaml"), GOVERNANCE)[0]


@pytest.mark.parametrize("kind", PICKLED)
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_the_house_alone_allows_no_format_that_runs_code(kind: str, tier: int) -> None:
    with pytest.raises(SpecError, match="PLAN021"):
        plan(kind, tier, ("house",))


@pytest.mark.parametrize("kind", PICKLED)
def test_a_policy_opens_a_format_below_tier_1_and_the_plan_says_so(kind: str) -> None:
    for tier in (2, 3):
        assert plan(kind, tier).step("scan-artifact").options == {"formats": [kind]}
    with pytest.raises(SpecError, match="jailed-pickles, tier 1 forbids it"):
        plan(kind, 1)


def test_a_kind_that_runs_no_code_needs_no_leave_and_its_plan_is_as_before() -> None:
    assert plan("skops", policies=("house",)).step("scan-artifact").options == {}
    assert plan("skops").step("scan-artifact").options == {}


def test_an_added_format_is_called_loosened_and_voids_approvals() -> None:
    impact, = compare([plan("skops")], [plan("pickle")])
    back, = compare([plan("pickle")], [plan("skops")])

    assert "loosened: scan-artifact: the format pickle is accepted, which was not" in impact.changes
    assert impact.voids_approvals
    assert not any("loosened" in line for line in back.changes)


LISTS = st.none() | st.lists(st.sampled_from(PICKLED), max_size=3).map(tuple)


@given(st.lists(LISTS, max_size=4), LISTS)
def test_another_policy_never_widens_what_one_that_speaks_allows(some: list[tuple[str, ...] | None], more: tuple[str, ...] | None) -> None:
    before = allowed_formats([TierRules(formats=one) for one in some])
    after = allowed_formats([TierRules(formats=one) for one in (*some, more)])

    if any(one is not None for one in some):
        assert after <= before
    assert after <= before or after == frozenset(more or ())
    assert all(one is None or after <= set(one) for one in (*some, more))
