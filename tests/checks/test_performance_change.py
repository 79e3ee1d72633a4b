"""Change of performance against the baseline, and what a requirement makes of it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from worlds import profiles

from modelops_airflow.checks import CHECKS, run_check
from modelops_airflow.checks.change import CHANGES
from modelops_airflow.checks.metrics import METRICS
from modelops_airflow.measurement import Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge


def _side(seed, noise, n=2000):
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, n)
    score = 1 / (1 + np.exp(-(2 * y - 1 + generator.normal(0, noise, n))))
    return pa.table({"y": y, "prediction": (score > 0.5).astype(int), "score": score})


def _judged(both, metric, fail):
    return judge([Requirement(metric, None, fail, {}, "model file", default=False)], run_check("performance", both, {})).verdict


def test_every_measure_has_a_change_that_is_the_difference_of_both_sides():
    old, new = _side(0, 1.0), _side(1, 2.0)
    rows = {row.name: row for row in run_check("performance", profiles(new, old, target="y"), {}).metrics}
    before = {row.name: row.value for row in run_check("performance", profiles(old, target="y"), {}).metrics}
    changed = [name for name in rows if name.endswith("_change")]
    assert len(changed) == 14
    for name in changed:
        measure = name.removesuffix("_change")
        assert rows[name].value == rows[measure].value - before[measure]
        assert (rows[name].reference, rows[name].n) == ("baseline", rows[measure].n)
    assert rows["auc_change"].value < -0.02


def test_a_requirement_on_the_change_decides():
    old = _side(0, 1.0)
    assert _judged(profiles(_side(1, 2.0), old, target="y"), "auc_change", "< -0.02") is Verdict.FAIL
    assert _judged(profiles(_side(1, 1.0), old, target="y"), "auc_change", "< -0.02") is Verdict.PASS
    assert _judged(profiles(_side(1, 2.0), old, target="y"), "logloss_change", "> 0.05") is Verdict.FAIL


@pytest.mark.parametrize(("truth", "why"), [
    (pa.nulls(2000, pa.int64()), "no rows with both"), (pa.array(np.linspace(0, 1, 2000)), "another task"),
    (pa.array(["a", "b"] * 1000), "positive label of the baseline is another"), (None, "no rows with both"),
])
def test_a_baseline_without_its_like_has_no_change_and_passes_nothing(truth, why):
    old = _side(0, 1.0)
    old = old.drop_columns("y") if truth is None else old.set_column(0, "y", truth)
    if truth is not None and truth.type == "double":
        old = old.set_column(1, "prediction", pa.array(np.linspace(0, 1, 2000)))
    both = profiles(_side(1, 1.0), old, target="y")
    rows = {row.name: row for row in run_check("performance", both, {}).metrics}
    assert rows["auc_change"].value is None
    assert why in rows["auc_change"].reason
    assert rows["auc"].value is not None, "the control: the current side is measured"
    assert _judged(both, "auc_change", "< -0.02") is Verdict.ERROR


def test_a_baseline_with_rows_that_were_not_answered_is_nothing_to_compare_with():
    old = _side(0, 1.0)
    gap = old["prediction"].to_pylist()
    gap[0] = None
    rows = {row.name: row for row in run_check("performance", profiles(_side(1, 1.0), old.set_column(1, "prediction", pa.array(gap)), target="y"), {}).metrics}
    assert rows["accuracy_change"].reason == "1 rows of the baseline have a label and no usable prediction"


def test_without_a_baseline_a_change_that_is_required_is_an_error():
    assert _judged(profiles(_side(1, 1.0), target="y"), "auc_change", "< -0.02") is Verdict.ERROR


def test_a_change_is_bad_where_its_measure_is():
    assert set(CHANGES) <= set(CHECKS["performance"].metrics)
    assert all(METRICS[name].high_is_bad is METRICS[name.removesuffix("_change")].high_is_bad for name in CHANGES)
    assert METRICS["auc_change"].high_is_bad is False
    assert METRICS["rmse_change"].high_is_bad is True
