"""Balanced accuracy, specificity, Matthews' coefficient and average precision equal scikit-learn, also at the edges."""

from __future__ import annotations

import warnings

import numpy as np
import pyarrow as pa
import pytest
from worlds import people, profiles

from modelops_airflow.checks import run_check


@pytest.fixture(scope="module")
def sk():
    return pytest.importorskip("sklearn.metrics")


def _rows(y, p, s=None):
    columns = {"y": pa.array(y), "prediction": pa.array(p)} | ({} if s is None else {"score": pa.array(s)})
    measured = run_check("performance", profiles(pa.table(columns), target="y"), {})
    return {row.name: row for row in measured.metrics}


def _equal(sk, rows, y, p, s=None):
    """Everything new, against the library."""
    assert rows["balanced_accuracy"].value == pytest.approx(sk.balanced_accuracy_score(y, p), abs=1e-12)
    assert rows["mcc"].value == pytest.approx(sk.matthews_corrcoef(y, p), abs=1e-12)
    assert rows["specificity"].value == pytest.approx(sk.recall_score(y, p, pos_label=0), abs=1e-12)
    if s is not None:
        assert rows["pr_auc"].value == pytest.approx(sk.average_precision_score(y, s), abs=1e-12)


def test_the_census_equals_sklearn(sk):
    table = people()
    y, p, s = (np.array(table[name]) for name in ("over_50k", "prediction", "score"))
    _equal(sk, _rows(y, p, s), y, p, s)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("digits", [0, 1, 2, 15])
def test_any_number_of_ties_equals_sklearn(sk, seed, digits):
    generator = np.random.default_rng(seed)
    s = np.round(generator.random(80), digits)
    y = (generator.random(80) < (s if digits else 0.2)).astype(int)
    y[:2] = (0, 1)
    p = (s > 0.3).astype(int)
    _equal(sk, _rows(y, p, s), y, p, s)
    scored = _rows(y, p, s - 0.5)
    assert scored["pr_auc"].value == pytest.approx(sk.average_precision_score(y, s - 0.5), abs=1e-12), "scores below 0 too"


def test_a_constant_score_or_prediction_equals_sklearn(sk):
    y, half = [0, 1, 1, 0, 1], [0.5] * 5
    for p in ([1] * 5, [0] * 5):
        rows = _rows(y, p, half)
        _equal(sk, rows, y, p, half)
        assert rows["mcc"].value == 0.0


def test_several_classes_equal_sklearn(sk):
    generator = np.random.default_rng(3)
    y = generator.choice(["a", "b", "c"], 400, p=[0.7, 0.2, 0.1])
    p = np.where(generator.random(400) < 0.6, y, generator.choice(["a", "b", "c", "d"], 400))
    rows = _rows(y, p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prediction that is in no truth
        assert rows["balanced_accuracy"].value == pytest.approx(sk.balanced_accuracy_score(y, p), abs=1e-12)
    assert rows["mcc"].value == pytest.approx(sk.matthews_corrcoef(y, p), abs=1e-12)
    assert "specificity" not in rows


def test_rows_without_a_truth_change_nothing():
    y, p, s = [0, 1, 1, 0, 1, None], [0, 1, 0, 1, 1, 1], [0.1, 0.9, 0.4, 0.6, 0.8, 0.7]
    told, whole = _rows(y, p, s), _rows(y[:5], p[:5], s[:5])
    for name in ("balanced_accuracy", "mcc", "specificity", "pr_auc", "auc"):
        assert told[name].value == whole[name].value


def test_one_label_alone_is_no_balance():
    rows = _rows([1, 1, 1], [1, 1, 1], [0.9, 0.8, 0.7])
    assert (rows["balanced_accuracy"].value, rows["balanced_accuracy"].reason) == (None, "the truth has one label only")
    assert rows["specificity"].value is None
    assert rows["mcc"].value == 0.0, "as scikit-learn has it: never better than no relation"
    assert rows["pr_auc"].value is None
    assert rows["accuracy"].value == 1.0, "the control"


def test_a_missing_score_leaves_no_average_precision():
    assert _rows([0, 1, 1], [0, 1, 1], [0.1, None, 0.9])["pr_auc"].value is None
