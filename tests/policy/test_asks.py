"""Merging what rules ask: order and repetition change nothing, and nothing gets looser."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.policy.asks import NOTHING, Asks, longest, merge, shortest, strictest
from modelops_airflow.policy.condition import Condition

CONDITIONS = st.builds(Condition, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from([0.0, 0.1, 0.25, 0.8, 5.0]))
NUMBERS = st.frozensets(st.tuples(st.sampled_from(["psi", "auc", "row_ratio"]), st.sampled_from(["warn", "fail"]), CONDITIONS), max_size=5).map(strictest)
PERIODS = st.sampled_from(["P1Y", "P12M", "P365D", "P30D", "P1M", "P4W", "PT24H", "P1D"])
WORDS = st.sampled_from("abc")
ASKS = st.builds(
    Asks, controls=st.frozensets(st.tuples(WORDS, WORDS), max_size=3), steps=st.frozensets(WORDS, max_size=3), keep=st.frozensets(st.tuples(WORDS, WORDS), max_size=3),
    numbers=NUMBERS, approvals=st.dictionaries(WORDS, st.integers(1, 3), max_size=3), retention=st.dictionaries(st.sampled_from(["record", "retirement"]), PERIODS),
    period=st.none() | PERIODS, separation=st.frozensets(st.frozensets(WORDS, min_size=2), max_size=2), formats=st.none() | st.frozensets(WORDS),
)
VALUES = (-1.0, 0.0, 0.05, 0.1, 0.2, 0.25, 0.5, 0.8, 3.0, 5.0, 9.0)


def caught(asks: Asks, metric: str, value: float) -> bool:
    return any(name == metric and condition.holds(value) for name, _, condition in asks.numbers)


@settings(max_examples=300)
@given(ASKS, ASKS, ASKS)
def test_merging_is_commutative_associative_and_idempotent(one: Asks, two: Asks, three: Asks) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one
    assert merge(one, NOTHING) == one


@settings(max_examples=300)
@given(ASKS, ASKS)
def test_what_is_merged_is_never_looser_than_either(one: Asks, two: Asks) -> None:
    both = merge(one, two)
    for side in (one, two):
        assert side.controls <= both.controls and side.steps <= both.steps and side.keep <= both.keep and side.separation <= both.separation
        assert all(both.approvals[role] >= number for role, number in side.approvals.items())
        assert all(longest(both.retention[since], text) == both.retention[since] for since, text in side.retention.items())
        assert side.period is None or shortest([both.period or "", side.period]) == both.period
        assert side.formats is None or (both.formats or frozenset()) <= side.formats
        assert all(caught(both, metric, value) for metric in ("psi", "auc", "row_ratio") for value in VALUES if caught(side, metric, value))


@given(NUMBERS)
def test_of_one_side_of_a_metric_one_number_stays_and_both_sides_do(numbers: frozenset[tuple[str, str, Condition]]) -> None:
    more = strictest([*numbers, ("psi", "fail", Condition(">", 0.3)), ("psi", "fail", Condition("<", 0.01)), ("psi", "fail", Condition(">", 0.2))])
    sides = [condition.high_is_bad for metric, level, condition in more if (metric, level) == ("psi", "fail") and condition.high_is_bad is not None]

    assert sorted(sides) == [False, True]


def test_stretches_are_compared_by_the_calendar() -> None:
    assert shortest(["P1Y", "P11M"]) == "P11M" and shortest(["P30D", "P1M"]) == "P1M" and shortest([]) is None
    assert longest("P1Y", "P365D") == "P1Y" and longest("P6M", None) == "P6M"
