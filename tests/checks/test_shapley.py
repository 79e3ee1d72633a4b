"""SHAP values: known in closed form, and the library's own, for any kind of model."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import shap
from asked import applicants, logistic, measure, values
from sklearn.linear_model import LinearRegression, LogisticRegression

from modelops_airflow.checks import CHECKS
from modelops_airflow.checks.answers import ask
from modelops_airflow.checks.permutation_importance import CHANGE, Study
from modelops_airflow.checks.sample import Sample
from modelops_airflow.checks.shapley import Shapley
from modelops_airflow.data.values import numbers
from modelops_airflow.digest import digest_of
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.plots import plot
from modelops_airflow.policy.verdict import judge

SHAP = {"method": "shap", "explained": 20, "background": 10, "repeats": 2}
NAMES = ("a", "b", "c", "d")
DRAWN = np.random.default_rng(3).normal(size=(30, 4))
TABLE = pa.table({name: DRAWN[:, at] for at, name in enumerate(NAMES)})


def matrix(rows):
    return np.column_stack([numbers(rows[name]) for name in NAMES])


def amounts(function):
    return lambda rows: pa.table({"prediction": function(matrix(rows))})


def in_pairs(x):
    return x[:, 0] * x[:, 1] + np.abs(x[:, 2]) - 2 * x[:, 1]


def in_threes(x):
    return x[:, 0] * x[:, 1] * x[:, 2] + x[:, 3]


class Amounts:
    """Profiles of a side whose labels are amounts."""

    class current:  # noqa: N801
        class outcomes:  # noqa: N801
            task = "regression"


def found(model, sampled, table=TABLE):
    """SHAP values of all rows over all rows, where the sample is not larger."""
    drawn = Sample(table, table, None, table.num_rows, None)
    return sampled.of(Study(model, drawn, ask(model, table), CHANGE, "current data"), Amounts)


def test_values_of_a_linear_model_are_those_of_the_closed_form(tmp_path):
    fitted = LinearRegression().fit(DRAWN, DRAWN @ [3.0, -1.0, 0.5, 0.0])
    fitted.coef_ = np.array([3.0, -1.0, 0.5, 0.0])
    table = TABLE.append_column("y", pa.array(fitted.predict(DRAWN)))

    measured = measure(tmp_path, "explainability", table, amounts(fitted.predict), {**SHAP, "explained": 30, "background": 30}, baseline=table, target="y")

    known = np.abs(fitted.coef_ * (DRAWN - DRAWN.mean(axis=0))).mean(axis=0)
    assert values(measured, "shap_mean_absolute") == pytest.approx({(name,): value for name, value in zip(NAMES, known, strict=True)}, abs=1e-12)
    assert values(measured, "shap_share") == pytest.approx({(name,): value / known.sum() for name, value in zip(NAMES, known, strict=True)}, abs=1e-12)
    assert values(measured, "largest_shap_share")[()] == pytest.approx(known[0] / known.sum())
    assert abs(values(measured, "shap_additivity_gap")[()]) < 1e-12
    assert values(measured, "shap_rank_correlation") == values(measured, "importance_rank_correlation") == {(): 1.0}
    assert measured.notes[-1] == "SHAP values: of the amount of 30 rows, over 30 others"


def test_values_of_features_that_act_in_pairs_are_exact():
    exact = shap.ExactExplainer(in_pairs, shap.maskers.Independent(DRAWN, max_samples=30))(DRAWN).values

    assert found(amounts(in_pairs), Shapley(30, 30, 2, 0)).values == pytest.approx(exact, abs=1e-12)


def test_values_of_features_that_act_in_threes_are_sampled_nearer_the_more_orders_are_drawn():
    exact = shap.ExactExplainer(in_threes, shap.maskers.Independent(DRAWN, max_samples=30))(DRAWN).values

    errors = [float(np.abs(found(amounts(in_threes), Shapley(30, 30, orders, 1)).values - exact).mean()) for orders in (2, 10, 100)]

    assert all(more > fewer for more, fewer in pairwise(errors)), errors
    assert errors[-1] < 0.02 < errors[0]


def test_values_are_those_of_the_library_when_it_asks_itself():
    ours = found(amounts(in_threes), Shapley(30, 30, 3, 7)).values

    for row, seed in enumerate(np.random.SeedSequence(7).generate_state(30).tolist()):
        alone = shap.PermutationExplainer(in_threes, shap.maskers.Independent(DRAWN, max_samples=30), seed=seed)
        assert ours[row] == pytest.approx(alone(DRAWN[row:row + 1], max_evals=3 * 9, silent=True).values[0], abs=1e-12)


def test_words_gaps_and_lists_are_features_as_they_are():
    """A model that adds up what it sees of each column, so that every value is known."""
    table = pa.table({"home": ["own", "rent", None, "rent"] * 5, "debt": pa.array([1.0, None, 3.0, float("nan")] * 5), "items": [[1], [], [1, 2], None] * 5})

    def parts(rows):
        return np.column_stack([np.array([len(word or "") for word in rows["home"].to_pylist()]), np.isfinite(numbers(rows["debt"])) * 10.0,
                                np.array([len(one or ()) for one in rows["items"].to_pylist()])])

    got = found(lambda rows: pa.table({"prediction": parts(rows).sum(axis=1)}), Shapley(20, 20, 2, 0), table)

    assert got.names == ("home", "debt", "items")
    assert got.values == pytest.approx(parts(table) - parts(table).mean(axis=0), abs=1e-12)


def test_a_score_is_explained_and_not_its_label(tmp_path):
    table = applicants(40)
    frame = table.select(["income", "debt", "age"]).to_pandas()
    fitted = LogisticRegression(max_iter=1000).fit(frame.to_numpy(), table["good"].to_numpy())
    seen = table.select(["income", "debt", "age", "good"])

    def score(x):
        return fitted.predict_proba(x)[:, 1]

    def model(rows):
        return pa.table({"prediction": fitted.predict(rows.to_pandas().to_numpy()), "score": score(rows.to_pandas().to_numpy())})

    measured = measure(tmp_path, "explainability", seen, model, {**SHAP, "explained": 40, "background": 40, "repeats": 30}, target="good")

    exact = shap.ExactExplainer(score, shap.maskers.Independent(frame.to_numpy(), max_samples=40))(frame.to_numpy()).values
    known = dict(zip([(name,) for name in frame], np.abs(exact).mean(axis=0), strict=True))
    assert values(measured, "shap_mean_absolute") == pytest.approx(known, rel=0.01)
    assert [row.where["column"] for row in measured.metrics if row.name == "shap_share"] == sorted(frame, key=lambda name: -known[name,]), "the strongest first"


def test_a_model_that_answers_otherwise_when_asked_again_is_an_error(tmp_path):
    turns = []

    def fickle(rows):
        turns.append(rows)
        answers = logistic(rows)
        return answers.set_column(1, "score", pa.array(numbers(answers["score"]) * 0.9 ** len(turns)))

    def of_its_neighbours(rows):
        score = numbers(logistic(rows)["score"])
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score / score.max()})

    for model in (fickle, of_its_neighbours):
        measured = measure(tmp_path, "explainability", applicants(), model, {**SHAP, "measure": "change"}, target="good")
        assert measured.status is Status.ERROR and "away from the answers" in measured.notes[0]
    honest = measure(tmp_path, "explainability", applicants(), logistic, {**SHAP, "measure": "change"}, target="good")
    assert honest.status is Status.MEASURED, "the control"


def test_without_the_library_there_is_no_measurement(tmp_path, monkeypatch):
    assert measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good").status is Status.MEASURED, "the control"
    monkeypatch.setitem(sys.modules, "shap", None)

    measured = measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good")

    assert measured.status is Status.ERROR and "unavailable" in measured.notes[0] and "pip install 'modelops-airflow[shap]'" in measured.notes[0]
    asked = [Requirement("largest_shap_share", None, "> 0.9", {}, "model file", default=False)]
    assert judge(asked, measured).verdict is Verdict.ERROR
    assert measure(tmp_path, "explainability", applicants(), logistic, target="good").status is Status.MEASURED, "permutations need no library"


def test_what_is_required_of_shap_values_is_an_error_where_there_are_none(tmp_path):
    asked = [Requirement("largest_shap_share", None, "> 0.9", {}, "model file", default=False)]

    assert judge(asked, measure(tmp_path, "explainability", applicants(), logistic, target="good")).verdict is Verdict.ERROR
    assert judge(asked, measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good")).verdict is Verdict.PASS, "the control"


def test_labels_alone_are_not_explained(tmp_path):
    measured = measure(tmp_path, "explainability", applicants(), lambda rows: logistic(rows).select(["prediction"]), SHAP, target="good")
    assert measured.status is Status.ERROR and "labels alone" in measured.notes[0]


@pytest.mark.parametrize(("options", "says"), [
    ({"explained": 9}, "expected 10 to"), ({"background": 1001}, "expected 10 to"), ({"method": "lime"}, "expected one of permutation, shap"),
    ({"explained": 400, "background": 400, "repeats": 100}, "400 rows over 400 others, 4 features and repeats 100 take 144000000 questions"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "explainability", applicants(), logistic, {**SHAP, **options}, target="good")
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_a_model_that_nothing_moves_has_no_shares_and_is_never_green(tmp_path):
    def stubborn(rows):
        return pa.table({"prediction": [1] * rows.num_rows, "score": [0.7] * rows.num_rows})

    measured = measure(tmp_path, "explainability", applicants(), stubborn, SHAP, baseline=applicants(), target="good")

    assert set(values(measured, "shap_share").values()) == set(values(measured, "largest_shap_share").values()) == {None}
    assert values(measured, "shap_rank_correlation") == {(): None}
    asked = [Requirement("largest_shap_share", None, "> 0.9", {}, "model file", default=False)]
    assert judge(asked, measured).verdict is Verdict.ERROR


def test_rounding_ranks_no_feature(tmp_path):
    """Libraries answer a row in other last digits at another place of the table."""
    def rounds(size):
        def model(rows):
            score = numbers(logistic(rows)["score"])
            return pa.table({"prediction": (score > 0.5).astype(int), "score": score + size * np.sin(np.arange(len(score)))})

        return model

    options = {**SHAP, "measure": "change", "drivers": ["income", "debt", "age"]}
    last_digits = measure(tmp_path, "explainability", applicants(), rounds(1e-9), options, target="good")
    more = measure(tmp_path, "explainability", applicants(), rounds(5e-6), options, target="good")

    assert values(last_digits, "shap_share")["age",] == values(last_digits, "shap_share")["home",] == 0
    assert values(last_digits, "drivers_in_top_share")[()] == pytest.approx(2 / 3)
    assert values(more, "shap_share")["age",] > 0, "the control"


def test_drivers_go_by_shap_values(tmp_path):
    """Of a model whose labels go by debt and whose score by income."""
    def model(rows):
        return pa.table({"prediction": (numbers(rows["debt"]) < 20).astype(int), "score": numbers(logistic(rows.set_column(1, "debt", pa.array([20.0] * rows.num_rows)))["score"])})

    options = {**SHAP, "measure": "accuracy", "drivers": ["income"]}
    by_values = measure(tmp_path, "explainability", applicants(), model, options, target="good")
    by_shuffles = measure(tmp_path, "explainability", applicants(), model, {**options, "method": "permutation"}, target="good")

    assert [values(one, "drivers_in_top_share")[()] for one in (by_values, by_shuffles)] == [1, 0]
    assert values(by_values, "shap_rank_correlation")[()] < 0


def test_stability_goes_by_shap_values_and_needs_no_truth_of_the_baseline(tmp_path):
    unlabelled = applicants(seed=6).set_column(4, "good", pa.array([1] * 400))
    by_values = measure(tmp_path, "explainability", applicants(), logistic, SHAP, baseline=unlabelled, target="good")
    by_shuffles = measure(tmp_path, "explainability", applicants(), logistic, baseline=unlabelled, target="good")

    assert values(by_values, "importance_rank_correlation") == {(): 1.0}
    assert values(by_shuffles, "importance_rank_correlation") == {(): None}, "the control"


def test_a_run_gives_the_same_bytes_again_and_draws_nothing_from_others(tmp_path):
    np.random.seed(11)
    first = measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good")
    drawn = np.random.random()
    np.random.seed(11)
    assert np.random.random() == drawn, "the generator of the process is as it was"
    again = measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good")
    other = measure(tmp_path, "explainability", applicants(), logistic, {**SHAP, "seed": 1}, target="good")
    assert digest_of(first.to_json()) == digest_of(again.to_json())
    assert values(first, "shap_share") != values(other, "shap_share")


def test_the_model_is_asked_about_many_rows_at_once():
    asked = []

    def model(rows):
        asked.append(rows.num_rows)
        return amounts(in_threes)(rows)

    found(model, Shapley(30, 30, 10, 0))

    assert asked == [30, 30 * 30 * 10 * 9], "the sample, and all questions of all rows"


def test_places_of_rows_are_never_equal_for_the_library():
    """It takes numbers that numpy's isclose does for equal, and would ask nothing about them."""
    most = sum(CHECKS["explainability"].parameters[name].range.most for name in ("explained", "background"))
    places = np.arange(most, dtype=float)
    assert not np.isclose(places[1:], places[:-1]).any() and not np.isclose(places[:-1], places[1:]).any()
    assert np.isclose(1e6, 1e6 + 1), "the control"


def test_shares_are_bars_in_the_picture(tmp_path):
    picture = plot(measure(tmp_path, "explainability", applicants(), logistic, SHAP, target="good"))
    for words in ("shap_share", "largest_shap_share", "income", "debt"):
        assert words in picture
