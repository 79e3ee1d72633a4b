"""The test of two proportions is SciPy's: z squared is chi-square, and Fisher's is exact."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from worlds import by_where, people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.share import Share
from modelops_airflow.checks.two_proportions import two_proportions_p

stats = pytest.importorskip("scipy.stats")


def _expected(part, whole, other_part, other):
    table = [[part, whole - part], [other_part, other - other_part]]
    if min(sum(row) * sum(column) / (whole + other) for row in table for column in zip(*table, strict=True)) >= 5:
        return stats.chi2_contingency(table, correction=False)[1]
    return stats.fisher_exact(table)[1]


@st.composite
def counts(draw, most):
    whole, other = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, whole)), whole, draw(st.integers(0, other)), other


def _is_scipys(found, within):
    part, whole, other_part, other = found
    assert two_proportions_p(Share(part, whole), Share(other_part, other)) == pytest.approx(_expected(*found), rel=within, abs=1e-300)


@settings(deadline=None, max_examples=300)
@given(counts(60))
@example((0, 30, 0, 30))
@example((30, 30, 30, 30))
@example((0, 1, 1, 1))
@example((0, 10, 10, 10))
def test_any_two_shares_have_scipys_p(found):
    _is_scipys(found, 1e-9)


@settings(deadline=None, max_examples=60)
@given(counts(100_000))
@example((3, 90_000, 0, 40))
@example((1, 30, 60_000, 100_000))
@example((0, 30, 99_990, 100_000))
def test_large_counts_have_scipys_p(found):
    _is_scipys(found, 1e-6)


def test_fishers_is_taken_just_below_five_expected_rows_and_z_from_there():
    at, below = (5, 10, 5, 10), (4, 10, 5, 10)
    assert two_proportions_p(Share(5, 10), Share(5, 10)) == pytest.approx(stats.chi2_contingency([[5, 5], [5, 5]], correction=False)[1])
    assert two_proportions_p(Share(4, 10), Share(5, 10)) == pytest.approx(stats.fisher_exact([[4, 6], [5, 5]])[1])
    assert _expected(*below) != pytest.approx(stats.chi2_contingency([[4, 6], [5, 5]], correction=False)[1]), "the control: the two differ"
    assert _expected(*at) == 1.0


def test_a_hundred_million_rows_take_no_time_and_no_memory():
    p = two_proportions_p(Share(2, 40), Share(10_000_000, 100_000_000))
    assert p == pytest.approx(stats.fisher_exact([[2, 38], [10_000_000, 90_000_000]])[1], rel=1e-6)


def test_a_side_without_rows_has_no_p():
    assert two_proportions_p(Share(0, 0), Share(1, 2)) is None


def test_only_judged_groups_are_tested_and_each_against_its_reference():
    rows = run_check("bias", profiles(people(), target="over_50k", favourable=1, protected=["race", "sex"]), {}).metrics
    tested = [row for row in rows if row.name == "impact_ratio" and row.p is not None]
    assert len(tested) >= 10
    for row in tested:
        assert row.judged
        base = by_where(rows, "impact_ratio", **dict(zip(row.where, row.reference.split(", "), strict=True)))
        found = []
        for one in (row, base):
            rate = by_where(rows, "selection_rate", **one.where)
            found += [round(rate.value * rate.n), rate.n]
        assert row.p == pytest.approx(_expected(*found), rel=1e-9)
    listed = [row for row in rows if row.name == "impact_ratio" and not row.judged and row.value is not None]
    assert listed and all(row.p is None for row in listed)


def test_groups_that_are_alike_have_a_large_p_and_others_a_small_one():
    def p(selected):
        table = pa.table({"prediction": [1] * 50 + [0] * 50 + [1] * selected + [0] * (100 - selected), "g": ["a"] * 100 + ["b"] * 100})
        return by_where(run_check("bias", profiles(table, favourable=1, protected=["g"]), {}).metrics, "impact_ratio", g="b").p

    assert p(49) > 0.5
    assert p(20) < 0.001
