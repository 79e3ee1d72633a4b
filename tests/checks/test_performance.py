"""Performance equals scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from worlds import people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.measurement import Status


@pytest.fixture(scope="module")
def sk():
    return pytest.importorskip("sklearn.metrics")


def _values(table, **columns):
    measured = run_check("performance", profiles(table, **columns), {})
    assert measured.status is Status.MEASURED, measured.notes
    return {row.name: row.value for row in measured.metrics}


def test_binary_equals_sklearn_on_the_census(sk):
    table = people()
    got = _values(table, target="over_50k", favourable=1)
    y, p, s = (np.array(table[name]) for name in ("over_50k", "prediction", "score"))
    tied = np.round(s, 2)
    assert got["auc"] == pytest.approx(sk.roc_auc_score(y, s), abs=1e-12)
    assert got["gini"] == pytest.approx(2 * sk.roc_auc_score(y, s) - 1, abs=1e-12)
    fpr, tpr, _ = sk.roc_curve(y, s)
    assert got["ks"] == pytest.approx(np.max(np.abs(tpr - fpr)), abs=1e-12)
    for name, function in (("accuracy", sk.accuracy_score), ("precision", sk.precision_score),
                           ("recall", sk.recall_score), ("f1", sk.f1_score)):
        assert got[name] == pytest.approx(function(y, p), abs=1e-12), name
    assert got["logloss"] == pytest.approx(sk.log_loss(y, s), abs=1e-12)
    assert got["brier"] == pytest.approx(sk.brier_score_loss(y, s), abs=1e-12)
    again = table.set_column(table.column_names.index("score"), "score", pa.array(tied))
    assert _values(again, target="over_50k")["auc"] == pytest.approx(sk.roc_auc_score(y, tied), abs=1e-12)


def test_several_classes_equal_sklearns_macro_average(sk):
    generator = np.random.default_rng(1)
    y = generator.choice(["a", "b", "c"], 500, p=[0.6, 0.3, 0.1])
    p = np.where(generator.random(500) < 0.7, y, generator.choice(["a", "b", "d"], 500))
    got = _values(pa.table({"y": y, "prediction": p}), target="y")
    kwargs = {"average": "macro", "zero_division": 0}
    assert got["f1"] == pytest.approx(sk.f1_score(y, p, **kwargs), abs=1e-12)
    assert got["precision"] == pytest.approx(sk.precision_score(y, p, **kwargs), abs=1e-12)
    assert got["recall"] == pytest.approx(sk.recall_score(y, p, **kwargs), abs=1e-12)


def test_regression_equals_sklearn(sk):
    generator = np.random.default_rng(2)
    y = generator.normal(10, 3, 800)
    p = y + generator.normal(0, 1, 800)
    got = _values(pa.table({"y": y, "prediction": p}), target="y")
    assert got["rmse"] == pytest.approx(sk.root_mean_squared_error(y, p), abs=1e-12)
    assert got["mae"] == pytest.approx(sk.mean_absolute_error(y, p), abs=1e-12)
    assert got["r2"] == pytest.approx(sk.r2_score(y, p), abs=1e-12)
    assert got["mape"] == pytest.approx(sk.mean_absolute_percentage_error(y, p), abs=1e-12)


def _one(y, p, s=None):
    columns = {"y": pa.array(y), "prediction": pa.array(p)}
    return profiles(pa.table(columns if s is None else columns | {"score": pa.array(s)}), target="y")


def test_a_label_without_a_prediction_is_an_error():
    assert run_check("performance", _one([0, 1, 1, 0], [0, None, 1, 0]), {}).status is Status.ERROR
    y = [float(n) for n in range(30)]
    assert run_check("performance", _one(y, [float("inf"), *y[1:]]), {}).status is Status.ERROR


@pytest.mark.parametrize("score", [float("nan"), float("inf"), None])
def test_a_missing_score_leaves_no_rank(score):
    rows = run_check("performance", _one([0, 1, 1, 0], [0, 1, 1, 0], [0.1, 0.9, score, 0.2]), {}).metrics
    assert {row.name: row.value for row in rows if row.name in ("auc", "gini", "ks", "logloss", "brier", "ece")} == dict.fromkeys(
        ("auc", "gini", "ks", "logloss", "brier", "ece"))


def test_one_class_or_no_probability_has_a_reason():
    rows = {row.name: row for row in run_check("performance", _one([0, 0, 0], [0, 1, 0], [0.1, 0.8, 0.2]), {}).metrics}
    assert rows["auc"].value is None
    assert "all the same" in rows["auc"].reason
    rows = {row.name: row for row in run_check("performance", _one([0, 1, 0], [0, 1, 0], [-3.0, 8.0, 2.0]), {}).metrics}
    assert rows["auc"].value == 1.0
    assert rows["logloss"].value is None


def test_no_labels_is_not_applicable_and_unknown_labels_are_an_error():
    assert run_check("performance", profiles(pa.table({"prediction": [1, 0]})), {}).status is Status.NOT_APPLICABLE
    assert run_check("performance", _one(pa.nulls(3, pa.int64()), [1, 0, 1]), {}).status is Status.ERROR


def test_another_task_than_named_is_an_error():
    assert run_check("performance", _one([0, 1, 1], [0, 1, 0]), {"task": "regression"}).status is Status.ERROR


def test_a_model_of_labels_alone_says_so_and_lacks_nothing():
    table = pa.table({"y": [0, 1] * 40, "prediction": [0, 1, 1, 1] * 20})
    without = run_check("performance", profiles(table, target="y"), {"scores": False})
    plain = run_check("performance", profiles(table, target="y"), {})

    names = {row.name for row in without.metrics}
    assert {"accuracy", "f1"} <= names and not names & {"auc", "gini", "ks", "pr_auc", "logloss", "brier", "ece"}
    assert all(row.value is not None for row in without.metrics)
    assert {row.name for row in plain.metrics if row.value is None} >= {"auc", "brier"}
    assert "the model gives no scores" in without.notes


def test_scores_that_are_there_cannot_be_left_out():
    table = pa.table({"y": [0, 1] * 40, "prediction": [0, 1] * 40, "score": [0.2, 0.8] * 40})

    measured = run_check("performance", profiles(table, target="y"), {"scores": False})

    assert measured.status is Status.ERROR
    assert "scores is false, and there is a column of scores" in measured.notes[0]
