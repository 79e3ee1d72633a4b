"""No evidence about fewer than ten rows, and what is not shown never passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.digest import digest_bytes
from modelops_airflow.evidence.floor import LEAST_ROWS, floored
from modelops_airflow.evidence.statement import measurement_in, statement
from modelops_airflow.measurement import Measurement, Metric, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

GROUP = {"sex": "f", "age": "90+"}
ASKED = [Requirement("impact_ratio", None, "< 0.80", {}, "house")]


def measured(n: int, *, judged: bool = True, value: float = 0.95) -> Measurement:
    return Measurement.of("bias", [Metric("impact_ratio", value, GROUP, n=n, ci=(0.1, 0.9), p=0.5, reference="m", judged=judged)])


@pytest.mark.parametrize("n", range(LEAST_ROWS))
def test_a_number_about_fewer_rows_is_named_and_not_shown(n: int) -> None:
    row = statement(measured(n, value=0.123456), subject=digest_bytes(b"m"), step="bias")["predicate"]["measurement"]["metrics"][0]
    assert row == {"name": "impact_ratio", "where": GROUP, "value": None, "reference": "m", "reason": "fewer than 10 rows are not shown"}


def test_a_number_about_enough_rows_is_shown() -> None:
    assert floored(measured(LEAST_ROWS)) == measured(LEAST_ROWS)


def test_a_number_about_the_whole_of_the_data_is_shown() -> None:
    whole = Measurement.of("performance", [Metric("auc", 0.7, {}, n=3)])
    assert floored(whole) == whole


def test_what_is_not_shown_is_an_error_where_it_is_required_and_never_a_pass() -> None:
    assert judge(ASKED, measured(9)).verdict is Verdict.PASS, "the control: without the floor it passes"
    assert judge(ASKED, floored(measured(9))).verdict is Verdict.ERROR
    assert judge(ASKED, floored(measured(10))).verdict is Verdict.PASS


def test_a_group_that_is_only_listed_stays_listed() -> None:
    hidden = floored(measured(9, judged=False))
    assert [row.judged for row in hidden.metrics] == [False]
    assert judge(ASKED, hidden).verdict is Verdict.ERROR, "there is no row to judge"


@given(n=st.integers(0, 30), value=st.one_of(st.none(), st.floats(0, 1)), judged=st.booleans())
def test_the_floor_is_reached_once_and_survives_the_statement(n: int, value: float | None, judged: bool) -> None:
    told = Measurement.of("bias", [Metric("tpr", value, GROUP, n=n, judged=judged, reason=None if value is not None else "no row to divide by")])
    once = floored(told)
    assert floored(once) == once
    assert measurement_in(statement(told, subject=digest_bytes(b"m"), step="bias")) == once
    assert n >= LEAST_ROWS or (once.metrics[0].value, once.metrics[0].n) == (None, None)
