"""Verdicts: only what was measured, finite and good is green."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.measurement import Measurement, Metric, Verdict
from modelops_airflow.policy.verdict import judge, overall, overall_of


@dataclass(frozen=True)
class Rule:
    """A requirement as the judge sees it."""

    metric: str = "psi"
    warn: str | None = ">= 0.10"
    fail: str | None = ">= 0.25"
    where: dict[str, str] = field(default_factory=dict)
    origin: str = "model file"
    default: bool = False


def measured(*metrics: Metric) -> Measurement:
    return Measurement.of("drift", metrics)


def row(value: float | None, column: str = "income", **facts: object) -> Metric:
    return Metric("psi", value, {"column": column}, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "verdict", "warned"), [
    (0.05, Verdict.PASS, False), (0.10, Verdict.PASS, True), (0.2499, Verdict.PASS, True), (0.25, Verdict.FAIL, False),
    (math.nan, Verdict.ERROR, False), (math.inf, Verdict.ERROR, False), (-math.inf, Verdict.ERROR, False),
])
def test_a_value_is_passed_warned_failed_or_an_error(value: float, verdict: Verdict, warned: bool) -> None:
    judgement = judge([Rule()], measured(row(value)))

    assert (judgement.verdict, judgement.warned) == (verdict, warned)


def test_a_missing_value_is_an_error_and_keeps_its_reason() -> None:
    judgement = judge([Rule()], measured(row(None, reason="one class only")))

    assert judgement.verdict is Verdict.ERROR
    assert "one class only" in judgement.reasons()[0]


def test_a_metric_that_was_not_produced_is_an_error_where_a_model_file_asks_for_it() -> None:
    assert judge([Rule(metric="auc")], measured(row(0.0))).verdict is Verdict.ERROR


def test_a_default_metric_that_was_not_produced_does_not_apply_if_another_one_was_judged() -> None:
    judgement = judge([Rule(metric="auc", default=True), Rule()], measured(row(0.0)))

    assert judgement.verdict is Verdict.PASS
    assert [one.verdict for one in judgement.rows] == [Verdict.NOT_APPLICABLE, Verdict.PASS]


def test_nothing_left_to_judge_is_an_error_not_a_pass() -> None:
    assert judge([Rule(metric="auc", default=True)], measured(row(0.0))).verdict is Verdict.ERROR


def test_rows_that_are_not_judged_are_left_out() -> None:
    assert judge([Rule()], measured(row(0.0), row(9.0, "small", judged=False))).verdict is Verdict.PASS
    assert judge([Rule()], measured(row(0.0), row(9.0, "small"))).verdict is Verdict.FAIL


@pytest.mark.parametrize("default", [True, False])
def test_only_rows_that_are_not_judged_are_an_error(default: bool) -> None:
    assert judge([Rule(default=default)], measured(row(0.0, judged=False))).verdict is Verdict.ERROR


def test_where_narrows_and_a_place_that_is_not_there_is_an_error() -> None:
    rows = measured(row(0.0), row(9.0, "age"))

    assert judge([Rule(where={"column": "income"})], rows).verdict is Verdict.PASS
    assert judge([Rule(where={"column": "age"})], rows).verdict is Verdict.FAIL
    assert judge([Rule(where={"column": "agee"})], rows).verdict is Verdict.ERROR


def test_a_requirement_applies_to_every_row() -> None:
    judgement = judge([Rule()], measured(row(0.0), row(0.3, "age"), row(0.15, "sex")))

    assert judgement.verdict is Verdict.FAIL and judgement.warned and len(judgement.reasons()) == 2


@pytest.mark.parametrize(("value", "bound", "verdict", "warned"), [
    (0.24, 0.02, Verdict.PASS, True), (0.05, 0.02, Verdict.PASS, False), (0.26, 0.02, Verdict.FAIL, False),
    (0.05, None, Verdict.PASS, False), (0.05, math.nan, Verdict.ERROR, False), (0.05, math.inf, Verdict.ERROR, False),
])
def test_a_binned_value_within_its_error_bound_of_failing_warns(value: float, bound: float | None, verdict: Verdict,
                                                                warned: bool) -> None:
    judgement = judge([Rule(warn=None)], measured(row(value, error_bound=bound)))

    assert (judgement.verdict, judgement.warned) == (verdict, warned)


def test_a_check_that_could_not_measure_is_an_error_and_one_without_meaning_is_not_applicable() -> None:
    assert judge([Rule()], Measurement.error("drift", "no baseline")).verdict is Verdict.ERROR
    assert judge([Rule(default=True)], Measurement.not_applicable("drift", "no features")).verdict is Verdict.NOT_APPLICABLE
    assert judge([], measured(row(0.0))).verdict is Verdict.NOT_APPLICABLE


def test_a_check_without_meaning_does_not_meet_what_a_model_file_requires_of_it() -> None:
    judgement = judge([Rule(default=True), Rule()], Measurement.not_applicable("drift", "no features"))

    assert judgement.verdict is Verdict.ERROR
    assert "no features" in judgement.reasons()[0]


def test_error_beats_fail_beats_pass_and_nothing_is_not_applicable() -> None:
    good, bad = judge([Rule()], measured(row(0.0))), judge([Rule()], measured(row(1.0)))
    broken, warned = judge([Rule()], measured(row(math.nan))), judge([Rule()], measured(row(0.2)))

    assert overall([good, bad, broken]) == (Verdict.ERROR, False)
    assert overall([good, bad]) == (Verdict.FAIL, False)
    assert overall([good, warned]) == (Verdict.PASS, True)
    assert overall([]) == (Verdict.NOT_APPLICABLE, False)


@given(st.lists(st.sampled_from(list(Verdict))), st.booleans())
def test_an_overall_pass_holds_no_failure_and_no_error(verdicts: list[Verdict], warned: bool) -> None:
    if overall_of(verdicts, warned)[0] is Verdict.PASS:
        assert Verdict.PASS in verdicts and not {Verdict.FAIL, Verdict.ERROR} & set(verdicts)


@given(st.lists(st.floats() | st.none(), max_size=5), st.booleans())
def test_a_pass_means_that_every_judged_value_is_finite_and_below_the_failure(values: list[float | None], default: bool) -> None:
    rows = measured(*(row(value, f"c{place}", reason="none" if value is None else None) for place, value in enumerate(values)))

    if judge([Rule(default=default)], rows).verdict is Verdict.PASS:
        assert values and all(value is not None and math.isfinite(value) and value < 0.25 for value in values)
