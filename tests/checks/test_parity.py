"""Every difference and ratio of rates equals Fairlearn's, on people and on random tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worlds import by_where, people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.bias import METRICS
from modelops_airflow.checks.parity import prefix
from modelops_airflow.checks.share import BY_TRUTH

WHOLE = {"min_group_size": 1, "min_coverage": 0.0, "resamples": 100}
RATES = ("selection_rate", *BY_TRUTH)


def _rates(truth, guess):
    """Each rate by scikit-learn's confusion matrix; NaN where there is no row to divide by."""
    from sklearn.metrics import confusion_matrix

    tn, fp, fn, tp = confusion_matrix(truth, guess, labels=[0, 1]).ravel()
    counts = {"selection_rate": (tp + fp, len(truth)), "tpr": (tp, tp + fn), "fnr": (fn, tp + fn), "fpr": (fp, fp + tn),
              "tnr": (tn, fp + tn), "precision": (tp, tp + fp), "fdr": (fp, tp + fp), "npv": (tn, tn + fn),
              "for": (fn, tn + fn), "accuracy": (tp + tn, len(truth))}
    return {name: part / whole if whole else float("nan") for name, (part, whole) in counts.items()}


def _frame(truth, guess, groups):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    metrics = {name: (lambda y_true, y_pred, name=name: _rates(y_true, y_pred)[name]) for name in RATES}
    return fairlearn.MetricFrame(metrics=metrics, y_true=truth, y_pred=guess, sensitive_features=groups)


def _same(rows, frame, table):
    """Rates by group, and differences and ratios between groups; where a group's rate is not there neither are they."""
    difference, ratio, compared = frame.difference(method="between_groups"), frame.ratio(method="between_groups"), 0
    for rate in RATES:
        by_group = frame.by_group[rate]
        for labels, value in by_group.items():
            where = dict(zip(table.split("+"), [str(one) for one in (labels if isinstance(labels, tuple) else (labels,))], strict=True))
            if table.count("+") and not any(row.where == where for row in rows):
                continue  # no such intersection
            row = by_where(rows, rate, **where)
            assert (row.value is None and row.reason) if np.isnan(value) else row.value == pytest.approx(value, abs=1e-12)
        apart, over = (by_where(rows, f"{prefix(rate)}_{form}", by=table) for form in ("difference", "ratio"))
        if by_group.isna().any():
            assert (apart.value, over.value) == (None, None) and apart.reason and over.reason
            continue
        assert apart.value == pytest.approx(difference[rate], abs=1e-12), rate
        if by_group.max() == 0:
            assert over.value is None and over.reason
        else:
            assert over.value == pytest.approx(ratio[rate], abs=1e-12), rate
        compared += 1
    return compared


def _measured(table, protected, **columns):
    return run_check("bias", profiles(table, **{"target": "y", "favourable": 1, "protected": protected, **columns}), WHOLE).metrics


@pytest.mark.parametrize("table", ["race", "sex", "race+sex"])
def test_people_are_compared_as_fairlearn_compares_them(table):
    data = people().filter(pc.not_equal(people()["race"], "other")) if "+" in table else people()
    rows = _measured(data, ["race", "sex"], target="over_50k")
    frame = _frame(np.array(data["over_50k"]), np.array(data["prediction"]), data.select(table.split("+")).to_pandas())
    assert _same(rows, frame, table) == len(RATES)


ROW = st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("abc"), st.sampled_from("xy"))


@settings(deadline=None, max_examples=60)
@given(st.lists(ROW, min_size=4, max_size=60), st.sampled_from([(0, 1), (0.0, 1.0), ("no", "yes"), (False, True)]))
def test_random_tables_are_compared_as_fairlearn_compares_them(table, words):
    truth, guess, first, second = (list(column) for column in zip(*table, strict=True))
    assume(len(set(first)) > 1 and len(set(second)) > 1 and 1 in truth + guess)
    data = pa.table({"y": [words[one] for one in truth], "prediction": [words[one] for one in guess], "g": first, "h": second})
    rows = _measured(data, ["g", "h"], favourable=words[1])
    for name, groups in (("g", np.array(first)), ("h", np.array(second))):
        _same(rows, _frame(np.array(truth), np.array(guess), groups), name)


@settings(deadline=None, max_examples=30)
@given(st.lists(ROW, min_size=8, max_size=60))
def test_random_intersections_are_compared_as_fairlearn_compares_them(table):
    truth, guess, first, second = (list(column) for column in zip(*table, strict=True))
    assume(len({*zip(first, second, strict=True)}) == len(set(first)) * len(set(second)) > 3 and 1 in truth + guess)
    data = pa.table({"y": truth, "prediction": guess, "g": first, "h": second})
    _same(_measured(data, ["g", "h"]), _frame(np.array(truth), np.array(guess), data.select(["g", "h"]).to_pandas()), "g+h")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([0, 1, None]), st.integers(0, 1), st.sampled_from(["a", "b", None])), min_size=6, max_size=60))
def test_rows_without_a_group_or_a_label_are_left_out_of_what_needs_them(table):
    truth, guess, groups = (list(column) for column in zip(*table, strict=True))
    assume({"a", "b"} <= set(groups) and 1 in truth + guess)
    rows = _measured(pa.table({"y": pa.array(truth, pa.int64()), "prediction": guess, "g": groups}), ["g"])
    known = [row for row in table if row[0] is not None and row[2] is not None]
    assume({row[2] for row in known} == {"a", "b"})
    frame = _frame(np.array([row[0] for row in known]), np.array([row[1] for row in known]), np.array([row[2] for row in known]))
    for rate in BY_TRUTH:
        apart = by_where(rows, f"{prefix(rate)}_difference", by="g")
        if frame.by_group[rate].isna().any():
            assert apart.value is None and apart.reason
        else:
            assert apart.value == pytest.approx(frame.difference()[rate], abs=1e-12)
    placed = [row for row in table if row[2] is not None]
    frame = _frame(np.zeros(len(placed)), np.array([row[1] for row in placed]), np.array([row[2] for row in placed]))
    assert by_where(rows, "demographic_parity_difference", by="g").value == pytest.approx(frame.difference()["selection_rate"], abs=1e-12)


def test_each_rate_has_one_difference_and_one_ratio_under_one_name():
    names = [f"{prefix(rate)}_{form}" for rate in RATES for form in ("difference", "ratio")]
    assert len(set(names)) == 2 * len(RATES)
    assert set(names) <= set(METRICS)
    assert {"tpr_difference", "precision_difference", "selection_rate_difference"}.isdisjoint(METRICS), "those have names of their own"
    rows = _measured(people(), ["race", "sex"], target="over_50k")
    assert {row.name for row in rows} == set(METRICS)


def test_a_rate_of_zero_in_every_group_has_a_difference_and_no_ratio():
    data = pa.table({"y": [0, 1] * 4, "prediction": [0, 1] * 4, "g": ["a"] * 4 + ["b"] * 4})
    rows = _measured(data, ["g"])
    assert by_where(rows, "fpr_difference", by="g").value == 0.0
    assert by_where(rows, "fpr_ratio", by="g").value is None
    assert by_where(rows, "tnr_ratio", by="g").value == 1.0, "the control"


def test_a_group_without_undeserving_people_leaves_parity_of_fpr_unknown():
    data = pa.table({"y": [0, 1] * 4 + [1] * 4, "prediction": [0, 1] * 6, "g": ["a"] * 8 + ["b"] * 4})
    for name in ("fpr_difference", "fpr_ratio", "tnr_difference", "equalized_odds_difference", "equalized_odds_ratio"):
        row = by_where(_measured(data, ["g"]), name, by="g")
        assert row.value is None and row.reason, name
    assert by_where(_measured(data, ["g"]), "fnr_difference", by="g").value == 0.5, "the control"
