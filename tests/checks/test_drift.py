"""Drift from stored edges: within its bound, and never a pass by accident."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from worlds import example, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.drift_method import METHODS
from modelops_airflow.measurement import Status


def _sides(shift=0.3, n=4000):
    generator = np.random.default_rng(5)
    old = pa.table({"x": generator.normal(size=n), "tail": np.exp(2 * generator.normal(size=n))})
    new = pa.table({"x": generator.normal(shift, 1, n), "tail": np.exp(2 * generator.normal(shift, 1, n))})
    return old, new


@pytest.mark.parametrize("method", ["ks", "wasserstein"])
@pytest.mark.parametrize("data", ["generated", "income"])
def test_stored_edges_stay_within_their_bound(method, data):
    old, new = _sides() if data == "generated" else (example("income", "baseline"), example("income", "current"))
    both = profiles(new, old)
    rows = run_check("drift", both, {"method": method}).metrics
    compared = 0
    for row in rows:
        if row.name in ("ks_distance", "wasserstein"):
            pair = both.pairs[row.where["column"]]
            exact = pair.ks if method == "ks" else pair.wasserstein
            assert abs(row.value - exact) <= row.error_bound + 1e-12, row
            compared += 1
    assert compared


def test_a_bound_can_be_violated_by_a_wrong_value():
    """The control of the test above: half the distance is outside the bound for a clear shift."""
    old, new = _sides(shift=1.0)
    row = run_check("drift", profiles(new, old), {"method": "ks"}).metrics[0]
    assert row.value / 2 + row.error_bound < row.value


def test_no_drift_is_small_and_a_shift_is_large():
    old, same = _sides(shift=0.0)
    _, moved = _sides(shift=1.0)
    quiet = run_check("drift", profiles(same, old), {"method": "psi"}).metrics[0].value
    loud = run_check("drift", profiles(moved, old), {"method": "psi"}).metrics[0].value
    assert quiet < 0.05
    assert loud > 0.25


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", [*METHODS, "auto"])
@pytest.mark.parametrize("binning", ["baseline", "evidently"])
@pytest.mark.parametrize("bad", ["all null", "nan", "infinite", "text"])
def test_a_column_that_cannot_be_compared_has_no_value(method, binning, bad):
    old, new = _sides(n=400)
    n = new.num_rows
    columns = {
        "all null": pa.nulls(n, pa.float64()), "nan": pa.array([float("nan")] * n),
        "infinite": pa.array([float("inf")] * n), "text": pa.array(["a"] * n),
    }
    both = profiles(new.set_column(0, "x", columns[bad]), old, methods=[method])
    rows = run_check("drift", both, {"method": method, "binning": binning}).metrics
    broken = [row for row in rows if row.where == {"column": "x"}]
    sound = [row for row in rows if row.where == {"column": "tail"}]
    assert [row.value for row in broken] == [None]
    assert broken[0].reason
    assert broken[0].name == sound[0].name, "a requirement on the metric must meet the broken column too"
    assert next(row for row in rows if row.name == "drifted_share").value is None


def test_a_lost_column_and_a_missing_baseline_are_errors():
    old, new = _sides()
    assert run_check("drift", profiles(new.select(["x"]), old), {}).status is Status.ERROR
    assert run_check("drift", profiles(new), {}).status is Status.ERROR


@pytest.mark.parametrize("options", [{"method": "magic"}, {"binning": "none"}, {"columns": "x"}, {"colour": 1}])
def test_wrong_options_are_errors(options):
    old, new = _sides()
    assert run_check("drift", profiles(new, old), options).status is Status.ERROR


def test_one_row_is_measured_without_a_crash():
    old, new = _sides()
    assert run_check("drift", profiles(new.slice(0, 1), old), {"method": "ks"}).status is Status.MEASURED


@pytest.mark.parametrize("method", [name for name, told in METHODS.items() if told.rows])
def test_what_compares_rows_says_so_where_there_are_none(method):
    old, new = _sides(n=400)
    stored = run_check("drift", profiles(new, old), {"method": method}).metrics[0]
    assert (stored.value, stored.reason) == (None, "it compares the rows of both sides; set binning: evidently")
    unasked = run_check("drift", profiles(new, old), {"method": method, "binning": "evidently"}).metrics[0]
    assert unasked.value is None
    exact = run_check("drift", profiles(new, old, methods=[method]), {"method": method, "binning": "evidently"}).metrics[0]
    assert exact.value is not None, "the negative control: with rows there is a number"


def test_what_compares_each_row_with_each_refuses_many():
    old, new = _sides(n=2100)
    row = run_check("drift", profiles(new, old, methods=["empirical_mmd"]), {"method": "empirical_mmd", "binning": "evidently"}).metrics[0]
    assert row.value is None
    assert "4200 rows, expected at most 4000" in row.reason


def test_a_p_value_drifts_below_its_threshold_and_a_distance_at_it():
    assert METHODS["ks"].drifted(0.049) and not METHODS["ks"].drifted(0.05)
    assert METHODS["psi"].drifted(0.1) and not METHODS["psi"].drifted(0.0999)


@pytest.mark.parametrize(("labels", "rows", "metric"), [(2, 900, "z_p"), (3, 900, "chisquare_p"), (2, 1100, "jensenshannon")])
def test_the_automatic_method_goes_by_labels_of_both_sides_and_rows(labels, rows, metric):
    old = pa.table({"x": ["abc"[n % min(labels, 2)] for n in range(rows)]})
    new = pa.table({"x": ["abc"[n % labels] for n in range(rows)]})
    for binning in ("baseline", "evidently"):
        assert run_check("drift", profiles(new, old), {"binning": binning}).metrics[0].name == metric


def test_a_category_or_number_that_became_a_date_has_a_row_and_no_value():
    old, new = _sides(n=400)
    dates = pa.array(range(400), pa.timestamp("s"))
    for binning in ("baseline", "evidently"):
        rows = run_check("drift", profiles(new.set_column(0, "x", dates), old), {"method": "psi", "binning": binning}).metrics
        row = next(one for one in rows if one.where == {"column": "x"})
        assert (row.value, row.reason) == (None, "numeric became time")
        assert next(one for one in rows if one.name == "drifted_share").value is None


def test_the_tail_of_a_column_that_is_mostly_zero_can_drift():
    generator = np.random.default_rng(2)
    old, new, same = (pa.table({"x": np.where(generator.random(5000) < 0.92, 0.0, tail)}) for tail in (
        generator.uniform(1, 1e6, 5000), generator.uniform(9.5e5, 9.9e5, 5000), generator.uniform(1, 1e6, 5000)))
    assert run_check("drift", profiles(new, old), {"method": "psi"}).metrics[0].value > 0.25
    assert run_check("drift", profiles(same, old), {"method": "psi"}).metrics[0].value < 0.05, "the control: the same tail"


def test_where_some_columns_have_no_threshold_the_drifted_share_is_not_known():
    generator = np.random.default_rng(3)
    old, new = (pa.table({"x": generator.normal(shift, 1, 900), "label": ["a", "b", "c"] * 300}) for shift in (0, 50))
    rows = run_check("drift", profiles(new, old), {}).metrics
    assert [row.name for row in rows] == ["ks_distance", "chisquare_p", "drifted_share"]
    assert rows[-1].value is None and "no default threshold; set binning: evidently" in rows[-1].reason
    assert run_check("drift", profiles(new, old), {"binning": "evidently"}).metrics[-1].value == 0.5, "the control"


@pytest.mark.parametrize("method", [name for name, told in METHODS.items() if told.rows])
def test_one_row_a_side_is_no_sample(method):
    old, new = (pa.table({"x": [1.0, *[None] * 399]}) for _ in range(2))
    row = run_check("drift", profiles(new, old, methods=[method]), {"method": method, "binning": "evidently"}).metrics[0]
    assert (row.value, row.reason) == (None, "a side has fewer than two rows")


def test_a_test_that_draws_states_no_bound_and_whole_numbers_that_are_rounded_none_either():
    old, new = (pa.table({"x": ["a", "b"] * 200, "id": [2**53 + place for place in range(400)]}) for _ in range(2))
    rows = run_check("drift", profiles(new, old), {"method": "TVD"}).metrics
    assert rows[0].name == "tvd_p" and rows[0].error_bound is None
    assert run_check("drift", profiles(new, old), {"method": "psi", "columns": ["id"]}).metrics[0].error_bound is None
    assert run_check("drift", profiles(new, old), {"method": "psi", "columns": ["x"]}).metrics[0].error_bound == 0.0, "the control"


def test_the_size_of_the_numbers_does_not_decide_the_mean_discrepancy():
    generator = np.random.default_rng(4)
    old, new = (np.where(generator.random(300) < 0.7, 0.0, generator.normal(shift, 1, 300)) for shift in (1, 9))
    values = [run_check("drift", profiles(pa.table({"x": new * scale}), pa.table({"x": old * scale}), methods=["empirical_mmd"]),
                        {"method": "empirical_mmd", "binning": "evidently"}).metrics[0].value for scale in (1.0, 1e-6)]
    assert values == [0.0, 0.0]
