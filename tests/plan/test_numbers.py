"""Filling in numbers of several policies gives the strictest of each side of a metric, in whatever order they come."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.plan.numbers import with_numbers
from modelops_airflow.policy.asks import strictest
from modelops_airflow.policy.condition import Condition
from modelops_airflow.policy.demands import ControlRules
from modelops_airflow.policy.library import packs
from modelops_airflow.policy.merge import Merged
from modelops_airflow.spec.types import Require

CONDITIONS = st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["0.1", "0.25", "0.8", "5"]))
RULES = st.lists(st.tuples(st.sampled_from(["row_ratio", "psi"]), st.fixed_dictionaries({}, optional={"warn": CONDITIONS, "fail": CONDITIONS})), max_size=5)


def in_force(rules: list[tuple[str, dict[str, str]]]) -> set[tuple[str, str, Condition]]:
    """What a step is judged by under these rules, of one control each."""
    named = {f"own OWN-{n}": ControlRules(numbers={metric: Require(**rule)}, bases={metric: "industry"}, at=("release",))
             for n, (metric, rule) in enumerate(rules)}
    step = with_numbers(Merged("volumes", "volumetrics", {}, {}, None, None), named, ("row_ratio", "psi"), packs())
    return {(key.split(" ")[0], level, Condition.parse(text)) for key, one in step.require.items()
            for level, text in (("warn", one.warn), ("fail", one.fail)) if text is not None}


@settings(max_examples=300)
@given(RULES)
def test_every_value_that_a_rule_catches_is_caught_and_nothing_is_made_up(rules: list[tuple[str, dict[str, str]]]) -> None:
    asked = {(metric, level, Condition.parse(text)) for metric, rule in rules for level, text in rule.items()}
    found = in_force(rules)

    assert strictest(asked) <= found <= asked
    assert strictest(found) == strictest(asked) == strictest(in_force(rules[::-1]))


@settings(max_examples=300)
@given(RULES, st.integers(0, 4))
def test_without_one_control_what_the_others_say_is_what_it_would_have_been(rules: list[tuple[str, dict[str, str]]], gone: int) -> None:
    """What a waiver leaves: nothing that anybody else says is lost with a control, and nothing is made up."""
    named = {f"own OWN-{n}": ControlRules(numbers={metric: Require(**rule)}, bases={metric: "industry"}, at=("release",))
             for n, (metric, rule) in enumerate(rules)}
    step = with_numbers(Merged("volumes", "volumetrics", {}, {}, None, None), named, ("row_ratio", "psi"), packs())
    left = {(key.split(" ")[0], level, Condition.parse(text)) for key, one in step.require.items() for said in one.among if said.origin != f"own OWN-{gone}"
            for level, text in (("warn", said.warn), ("fail", said.fail)) if text is not None}

    assert strictest(left) == strictest(in_force([(metric, {}) if n == gone else (metric, rule) for n, (metric, rule) in enumerate(rules)]))
