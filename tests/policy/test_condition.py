"""Conditions: finite, plain, ordered by strictness."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.condition import Condition

finite = st.floats(allow_nan=False, allow_infinity=False)
sides = st.sampled_from(["<", "<=", ">", ">="])
conditions = st.builds(Condition, sides | st.sampled_from(["==", "!="]), st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]))


@pytest.mark.parametrize(("text", "value", "holds"), [
    ("< 0.80", 0.79, True), ("< 0.80", 0.80, False), ("<= 0.80", 0.80, True), ("> 0", 0, False), ("> 0", 1, True),
    (">=0.25", 0.25, True), ("  >=   2.5e-1 ", 0.2, False), ("== 1", 1, True), ("!= 1", 1, False), ("< -.5", -0.6, True),
])
def test_a_condition_compares(text: str, value: float, holds: bool) -> None:
    assert Condition.parse(text).holds(value) is holds


@pytest.mark.parametrize("text", [
    "", "0.8", "<", "< ", "< nan", "< NaN", "> inf", ">= -Infinity", "< 1e999", "= 1", "=> 1", "< 1 2", "< 1_0", "< 0x10", "< ٠.٨",
    "< 1,5", "<> 1", "< <1", "< true", "< 0.8\n< 0.9", "≤ 1", "< １",
])
def test_what_is_no_plain_finite_comparison_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"condition|number|finite"):
        Condition.parse(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_never_compared(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        Condition.parse("< 0.8").holds(value)


@given(conditions, conditions, finite)
def test_the_stricter_condition_catches_whatever_the_looser_one_does(one: Condition, other: Condition, value: float) -> None:
    if one.at_least_as_strict_as(other) and other.holds(value):
        assert one.holds(value)


@given(sides, finite, finite)
def test_two_conditions_of_one_side_are_always_ordered(comparator: str, low: float, high: float) -> None:
    one, other = Condition(comparator, low), Condition(comparator, high)

    assert one.at_least_as_strict_as(other) or other.at_least_as_strict_as(one)


def test_opposite_sides_are_never_stricter() -> None:
    assert not Condition.parse("< 0.5").at_least_as_strict_as(Condition.parse("> 0.5"))
    assert not Condition.parse("!= 0.5").at_least_as_strict_as(Condition.parse("> 0.5"))
