"""The merge rule: maps by key, lists and scalars replace, requirements by metric, roles as a whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.library import packs, resolved, templates
from modelops_airflow.policy.merge import Merged, Threshold, apply_change, merge
from modelops_airflow.spec.types import Require, StepChange

values = st.recursive(st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6)
maps = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


@pytest.mark.parametrize(("before", "after", "merged"), [
    ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
    ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    ({"a": {"x": 1}}, {"a": 2}, {"a": 2}),
    ({"a": 2}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ({"roles": {"risk": 1}}, {"roles": {"control": 1}}, {"roles": {"control": 1}}),
])
def test_maps_merge_and_the_rest_replaces(before: dict[str, object], after: dict[str, object], merged: dict[str, object]) -> None:
    assert merge(before, after) == merged


@given(maps, maps, maps)
def test_merging_does_not_depend_on_what_is_merged_first(one: dict[str, object], two: dict[str, object], three: dict[str, object]) -> None:
    if not _kinds_differ(one, two, three):
        assert merge(merge(one, two), three) == merge(one, merge(two, three))


def _kinds_differ(*found: object) -> bool:
    keys = {key for one in found if isinstance(one, dict) for key in one}
    for key in keys:
        inner = [one[key] for one in found if isinstance(one, dict) and key in one]
        if len({isinstance(one, dict) for one in inner}) > 1 or (isinstance(inner[0], dict) and _kinds_differ(*inner)):
            return True
    return False


@given(maps, maps)
def test_merging_changes_neither_side_and_the_later_wins(before: dict[str, object], after: dict[str, object]) -> None:
    copies = repr(before), repr(after)
    merged = merge(before, after)

    assert (repr(before), repr(after)) == copies
    assert merge(merged, after) == merged
    assert merge(before, {}) == before


def test_requirements_merge_by_metric_and_keep_what_is_not_written() -> None:
    step = Merged("drift", "drift", {}, {"psi": Threshold(">= 0.1", ">= 0.25", {}, "house, tier 2")}, None, None)
    change = StepChange(require={"psi": Require(fail=">= 0.2"), "ks_p": Require(warn="< 0.01")})

    merged = apply_change(step, change, "model file", default=False).require

    assert (merged["psi"].warn, merged["psi"].fail, merged["psi"].default) == (">= 0.1", ">= 0.2", False)
    assert (merged["ks_p"].warn, merged["ks_p"].fail, merged["ks_p"].origin) == ("< 0.01", None, "model file")


def test_every_life_cycle_of_the_library_resolves_and_every_pack_reads() -> None:
    assert set(templates()) == {"standard-release", "low-risk-fast-track", "monitor", "periodic-review", "batch-score", "logged-monitor"}
    assert all(len({step.id for step in resolved(name)}) == len(resolved(name)) for name in templates())
    assert {"house", "jailed-pickles", "nyc-ll144", "sr-26-2"} <= set(packs()) and all(packs()[name].spec.pack == name for name in packs())


def test_the_library_inherits_what_it_does_not_change() -> None:
    ids = [step.id for step in resolved("periodic-review")]

    assert ids[ids.index("decide"):] == ["decide", "opinion", "attest", "evidence-pack"]
    assert not {"deploy", "approve-risk"} & set(ids)
    assert next(step for step in resolved("low-risk-fast-track") if step.id == "approve-risk").options["roles"] == {"control": 1}
