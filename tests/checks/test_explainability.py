"""Permutation importance: scikit-learn's numbers on the same shuffles, for any kind of model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values
from scipy.stats import rankdata, spearmanr
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression

from modelops_airflow.checks.ranks import rank_correlation, ranks
from modelops_airflow.data.values import numbers
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

NAMES = ["income", "debt", "age"]


def of_three(rows=300, seed=5):
    return applicants(rows, seed).select([*NAMES, "good"])


def classifier(fitted):
    def model(rows):
        frame = rows.to_pandas()
        return pa.table({"prediction": fitted.predict(frame), "score": fitted.predict_proba(frame)[:, 1]})

    return model


@pytest.mark.parametrize(("asked", "scoring"), [("auto", "roc_auc"), ("accuracy", "accuracy")])
@pytest.mark.parametrize("seed", [0, 7])
def test_importance_is_scikit_learns_on_the_same_shuffles(tmp_path, asked, scoring, seed):
    table = of_three()
    frame, truth = table.select(NAMES).to_pandas(), table["good"].to_numpy()
    fitted = LogisticRegression(max_iter=1000).fit(frame, truth)
    oracle = permutation_importance(fitted, frame, truth, scoring=scoring, n_repeats=6, random_state=seed)

    measured = measure(tmp_path, "explainability", table, classifier(fitted), {"repeats": 6, "seed": seed, "measure": asked}, target="good")

    assert list(values(measured, "importance").values()) == pytest.approx(list(oracle.importances_mean), abs=1e-12)
    assert list(values(measured, "importance_std").values()) == pytest.approx(list(oracle.importances_std), abs=1e-12)


def test_importance_of_amounts_is_the_fall_of_r2(tmp_path):
    table = applicants(200).select(NAMES)
    worth = 3 * numbers(table["income"]) - numbers(table["debt"]) + np.random.default_rng(0).normal(size=200)
    frame = table.to_pandas()
    fitted = LinearRegression().fit(frame, worth)
    oracle = permutation_importance(fitted, frame, worth, n_repeats=5, random_state=3)

    measured = measure(tmp_path, "explainability", table.append_column("worth", pa.array(worth)),
                       lambda rows: pa.table({"prediction": fitted.predict(rows.to_pandas())}), {"seed": 3}, target="worth")

    assert list(values(measured, "importance").values()) == pytest.approx(list(oracle.importances_mean), abs=1e-9)
    assert measured.notes[0] == "measure: r2"


def test_a_feature_that_is_not_used_has_no_importance_and_the_ranking_is_stable(tmp_path):
    measured = measure(tmp_path, "explainability", applicants(), logistic, baseline=applicants(seed=6), target="good")

    importance = values(measured, "importance")
    assert importance["age",] == importance["home",] == 0
    assert importance["income",] > importance["debt",] > 0.05
    assert values(measured, "importance_rank_correlation") == {(): 1.0}


def test_a_ranking_that_turned_is_told(tmp_path):
    """In the baseline debt hardly varies, so income matters; now it is the other way round."""
    draws = np.random.default_rng(1)

    def side(income, debt):
        table = applicants(400)
        told = {"income": draws.normal(50, income, 400), "debt": draws.normal(20, debt, 400), "age": table["age"], "home": table["home"]}
        return pa.table(told | {"good": (told["income"] - told["debt"] > 30).astype(int)})

    measured = measure(tmp_path, "explainability", side(1, 20), logistic, baseline=side(20, 1), target="good")

    assert values(measured, "importance_rank_correlation")[()] == pytest.approx(spearmanr([1, 2, 0, 0], [2, 1, 0, 0]).statistic)


def test_without_truth_the_change_of_answers_is_measured(tmp_path):
    table = applicants().drop_columns("good")
    refused = measure(tmp_path, "explainability", table, logistic)
    assert refused.status is Status.ERROR and "set measure: change" in refused.notes[0]
    measured = measure(tmp_path, "explainability", table, logistic, {"measure": "change"}, baseline=table)
    assert values(measured, "importance")["income",] > 0.1 and values(measured, "importance")["age",] == 0
    assert values(measured, "importance_rank_correlation")[()] == 1
    words = measure(tmp_path, "explainability", table, lambda rows: logistic(rows).select(["prediction"]), {"measure": "change"})
    assert 0.1 < values(words, "importance")["income",] < 1, "the share of labels that change"


def test_no_baseline_or_no_order_is_an_unknown_stability_and_never_green(tmp_path):
    asked = [Requirement("importance_rank_correlation", None, "< 0.8", {}, "model file", default=False)]
    alone = measure(tmp_path, "explainability", applicants(), logistic, target="good")
    assert judge(asked, alone).verdict is Verdict.ERROR

    def stubborn(rows):
        return pa.table({"prediction": [1] * rows.num_rows, "score": [0.7] * rows.num_rows})

    same = measure(tmp_path, "explainability", applicants(), stubborn, baseline=applicants(), target="good")
    row = next(row for row in same.metrics if row.name == "importance_rank_correlation")
    assert (row.value, row.reason) == (None, "no feature is more important than another")
    steady = measure(tmp_path, "explainability", applicants(), logistic, baseline=applicants(), target="good")
    assert judge(asked, steady).verdict is Verdict.PASS, "the control"


def test_expected_drivers_that_do_not_drive_are_told(tmp_path):
    right = measure(tmp_path, "explainability", applicants(), logistic, {"drivers": ["debt", "income"]}, target="good")
    wrong = measure(tmp_path, "explainability", applicants(), logistic, {"drivers": ["age", "income"]}, target="good")
    tied = measure(tmp_path, "explainability", applicants(), logistic, {"drivers": ["income", "debt", "age"]}, target="good")
    assert [values(one, "drivers_in_top_share")[()] for one in (right, wrong, tied)] == [1, 0.5, pytest.approx(2 / 3)]
    assert "age" in next(row.reason for row in wrong.metrics if row.name == "drivers_in_top_share")


@pytest.mark.parametrize(("options", "says"), [
    ({"repeats": 1}, "expected 2 to 100"), ({"seed": 2**32}, "expected 0 to 4,294,967,295"), ({"measure": "r2"}, "labels are those of binary"),
    ({"measure": "gini"}, "expected one of auto"), ({"drivers": ["good"]}, "not among the features"), ({"rows": 5}, "expected 10 to"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "explainability", applicants(), logistic, options, target="good")
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_labels_that_do_not_vary_leave_importance_unknown(tmp_path):
    table = applicants().set_column(4, "good", pa.array([1] * 400))
    measured = measure(tmp_path, "explainability", table, logistic, target="good")
    assert measured.status is Status.ERROR and "is not known" in measured.notes[0]


def test_a_model_that_cannot_answer_is_an_error_here(tmp_path):
    fickle = iter([logistic] * 3)

    def gives_up(rows):
        return next(fickle)(rows)

    measured = measure(tmp_path, "explainability", applicants(), gives_up, target="good")
    assert measured.status is Status.ERROR and "did not answer" in measured.notes[0]


def test_answers_of_another_form_are_an_error_and_no_change(tmp_path):
    seen = []

    def sulks(rows):
        seen.append(rows)
        return logistic(rows) if len(seen) < 3 else logistic(rows).select(["prediction"])

    measured = measure(tmp_path, "explainability", applicants(), sulks, {"measure": "change"}, target="good")
    assert measured.status is Status.ERROR and "of another form" in measured.notes[0]


def test_more_questions_at_once_than_memory_holds_are_refused():
    from modelops_airflow.checks.sample import Sample
    from modelops_airflow.errors import CheckError

    table = pa.table({"x": np.zeros(200_000)})
    Sample(table, table, None, 200_000, None).demand_times(50, "repeats")
    with pytest.raises(CheckError, match="lower rows or repeats"):
        Sample(table, table, None, 200_000, None).demand_times(51, "repeats")


def test_ranks_and_their_correlation_are_scipys():
    draws = np.random.default_rng(2)
    for _ in range(20):
        one, other = draws.integers(0, 5, 12).astype(float), draws.normal(size=12)
        assert list(ranks(one)) == list(rankdata(one))
        assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert rank_correlation(np.ones(5), np.arange(5.0)) is None


def test_a_baseline_with_more_rows_than_memory_holds_is_refused_as_the_current_data_is(tmp_path, monkeypatch):
    options = {"repeats": 5, "measure": "change"}
    assert measure(tmp_path, "explainability", of_three(20), logistic, options, baseline=of_three(100)).status is Status.MEASURED, "the control"
    monkeypatch.setattr("modelops_airflow.checks.sample.MOST_AT_ONCE", 150)
    measured = measure(tmp_path, "explainability", of_three(20), logistic, options, baseline=of_three(100))
    assert measured.status is Status.ERROR and "100 rows with repeats 5 are 500 questions at once" in measured.notes[0]


def test_all_features_as_drivers_say_nothing(tmp_path):
    measured = measure(tmp_path, "explainability", applicants(), logistic, {"drivers": ["income", "debt", "age", "home"]}, target="good")
    assert measured.status is Status.ERROR and "4 of 4 features are named as drivers" in measured.notes[0]
