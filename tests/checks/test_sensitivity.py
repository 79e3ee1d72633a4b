"""Sensitivity: partial dependence and the direction of scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression

from modelops_airflow.checks.grid import grid_of
from modelops_airflow.data.values import numbers
from modelops_airflow.measurement import Status

COLUMNS = {"target": "good", "favourable": 1}


def row_of(measured, name, **where):
    found = [row for row in measured.metrics if row.name == name and dict(row.where) == where]
    assert len(found) == 1
    return found[0]


def test_mean_scores_are_scikit_learns_partial_dependence(tmp_path):
    table, old = applicants(300), applicants(600, seed=8)
    names = ["income", "debt", "age"]
    fitted = LogisticRegression(max_iter=1000).fit(old.select(names).to_pandas(), old["good"].to_pylist())

    def model(rows):
        score = fitted.predict_proba(rows.select(names).to_pandas())[:, 1]
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score})

    measured = measure(tmp_path, "sensitivity", table, model, {"columns": names, "points": 4}, baseline=old, **COLUMNS)

    for name in names:
        grid = np.quantile(old[name].to_numpy(), [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
        oracle = partial_dependence(fitted, table.select(names).to_pandas().astype(float), [name], method="brute", response_method="predict_proba",
                                    custom_values={name: grid})["average"][0]
        told = [row.value for row in measured.metrics if row.name == "mean_score" and row.where["column"] == name]
        assert told == pytest.approx(oracle, abs=1e-12)
        assert row_of(measured, "mean_score_range", column=name).value == pytest.approx(oracle.max() - oracle.min(), abs=1e-12)


def test_only_features_the_model_uses_move_scores_and_selection(tmp_path):
    measured = measure(tmp_path, "sensitivity", applicants(), logistic, baseline=applicants(seed=6), **COLUMNS)

    assert values(measured, "mean_score_range")["income",] > 0.3
    assert values(measured, "selection_rate_range")["income",] > 0.3
    assert values(measured, "mean_score_range")["home",] == values(measured, "selection_rate_range")["age",] == 0
    assert {row.where["at"] for row in measured.metrics if row.name == "mean_score" and row.where["column"] == "home"} == {"own", "rent"}
    assert row_of(measured, "mean_score_range", column="income").reason == "lowest at q0.10, highest at q0.90"


def test_a_score_that_turns_back_violates_its_direction_for_the_rows_it_does_so(tmp_path):
    def turns(rows):
        income, old = numbers(rows["income"]), numbers(rows["age"]) > 48
        lean = np.where(old, -np.abs(income - 50), income) / 100
        score = 1 / (1 + np.exp(-lean))
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score})

    table = applicants()
    share = float((table["age"].to_numpy() > 48).mean())
    measured = measure(tmp_path, "sensitivity", table, turns, {"monotone": {"income": "increasing", "debt": "decreasing"}}, **COLUMNS)

    assert values(measured, "monotonicity_violations") == {("income",): share, ("debt",): 0.0}
    assert "largest step the wrong way" in row_of(measured, "monotonicity_violations", column="income").reason
    right = measure(tmp_path, "sensitivity", table, logistic, {"monotone": {"income": "increasing"}}, **COLUMNS)
    wrong = measure(tmp_path, "sensitivity", table, logistic, {"monotone": {"income": "decreasing"}}, **COLUMNS)
    assert (values(right, "monotonicity_violations")["income",], values(wrong, "monotonicity_violations")["income",]) == (0.0, 1.0), "the control"


def test_a_step_within_the_tolerance_is_none(tmp_path):
    def shaky(rows):
        score = np.where(numbers(rows["debt"]) > 20, 0.2, 0.8) - 1e-7 * numbers(rows["age"])
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score})

    options = {"monotone": {"age": "increasing"}, "columns": ["age"]}
    assert values(measure(tmp_path, "sensitivity", applicants(), shaky, options | {"tolerance": 1e-4}, **COLUMNS), "monotonicity_violations")["age",] == 0
    assert values(measure(tmp_path, "sensitivity", applicants(), shaky, options | {"tolerance": 0.0}, **COLUMNS), "monotonicity_violations")["age",] == 1


@pytest.mark.parametrize("amount", [False, True])
def test_a_tolerance_that_no_step_can_exceed_is_an_error(tmp_path, amount):
    def model(rows):
        return pa.table({"prediction": 1000 * numbers(rows["income"])}) if amount else logistic(rows)

    def violations(answer, tolerance):
        options = {"monotone": {"income": "decreasing"}, "columns": ["income"], "tolerance": tolerance}
        return measure(tmp_path, "sensitivity", applicants(), answer, options, **({"ignore": ["good"]} if amount else COLUMNS))

    wide = violations(model, 1e9)
    assert wide.status is Status.ERROR and "no step could be larger" in wide.notes[0]
    assert values(violations(model, 1e-6), "monotonicity_violations")["income",] == 1, "the control"
    if not amount:
        assert violations(model, 1.0).status is Status.ERROR
        one = violations(lambda rows: pa.table({"prediction": [1] * rows.num_rows, "score": [0.5] * rows.num_rows}), 1e-6)
        assert values(one, "monotonicity_violations")["income",] == 0, "one score for everything goes no wrong way"


def test_labels_alone_have_a_selection_rate_and_no_score(tmp_path):
    def words(rows):
        return pa.table({"prediction": np.where(numbers(rows["income"]) > 50, "yes", "no")})

    measured = measure(tmp_path, "sensitivity", applicants(), words, {"columns": ["income"]}, favourable="yes", ignore=["good"])
    assert {row.name for row in measured.metrics} == {"selection_rate", "selection_rate_range"}
    assert values(measured, "selection_rate_range")["income",] == 1
    refused = measure(tmp_path, "sensitivity", applicants(), words, {"monotone": {"income": "increasing"}}, favourable="yes", ignore=["good"])
    assert "monotone needs scores" in refused.notes[0]
    nothing = measure(tmp_path, "sensitivity", applicants(), words, ignore=["good"])
    assert nothing.status is Status.ERROR and "no label is favourable" in nothing.notes[0]
    misspelt = measure(tmp_path, "sensitivity", applicants(), words, favourable="Yes", ignore=["good"])
    assert misspelt.status is Status.ERROR and "'Yes' is in no answer or label; found no, yes" in misspelt.notes[0]


def test_a_column_of_one_value_is_listed_and_its_direction_is_unknown(tmp_path):
    table = applicants().append_column("same", pa.array([7.0] * 400))
    measured = measure(tmp_path, "sensitivity", table, logistic, {"columns": ["same"]}, **COLUMNS)
    assert all((row.value, row.judged) == (None, False) for row in measured.metrics)
    asked = measure(tmp_path, "sensitivity", table, logistic, {"columns": ["same"], "monotone": {"same": "increasing"}}, **COLUMNS)
    row = row_of(asked, "monotonicity_violations", column="same")
    assert (row.value, row.judged) == (None, True), "who asks for a direction is not told that it holds"


@pytest.mark.parametrize(("options", "says"), [
    ({"points": 1}, "expected 2 to 99"), ({"tolerance": -1.0}, "expected 0 or more"), ({"monotone": {"income": "up"}}, "expected increasing or decreasing"),
    ({"monotone": {"zebra": "increasing"}}, "'zebra' is not among the features"), ({"monotone": {"home": "increasing"}}, "no number with a value"),
    ({"columns": ["good"]}, "not among the features"), ({"rows": 0}, "expected 10 to"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "sensitivity", applicants(), logistic, options, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_a_model_that_cannot_answer_is_an_error_here(tmp_path):
    def fragile(rows):
        return logistic(rows) if (numbers(rows["age"]) > 18).all() else pa.table({"answer": [1] * rows.num_rows})

    measured = measure(tmp_path, "sensitivity", applicants().slice(0, 300), fragile, **COLUMNS)
    assert measured.status is Status.ERROR


@pytest.mark.parametrize("kind", [pa.int64(), pa.float32(), pa.decimal128(5, 1)])
def test_quantiles_are_values_of_the_column_and_different(kind):
    column = pa.chunked_array([pa.array([None, *map(float, range(1, 101))]).cast(kind)])
    grid = grid_of(column, 3)
    assert [float(value) for value in grid.values.to_pylist()] == [25.0, 50.0, 75.0]
    assert grid.names == ("q0.25", "q0.50", "q0.75")
    assert grid.values.type == kind
    few = grid_of(pa.chunked_array([pa.array([0.0] * 90 + [1.0] * 10).cast(kind)]), 9)
    assert [float(value) for value in few.values.to_pylist()] == [0.0]


def test_grids_of_words_are_their_most_frequent_and_of_times_none():
    words = pa.chunked_array([pa.array(["b", "a", "a", "c", "c", None])])
    assert grid_of(words, 2).names == ("a", "c")
    assert grid_of(words.dictionary_encode(), 2).values.to_pylist() == ["a", "c"]
    assert grid_of(pa.chunked_array([pa.array([True, False, True])]), 5).names == ("true", "false")
    assert grid_of(pa.chunked_array([pa.array([0], pa.timestamp("s"))]), 5) is None
    assert grid_of(pa.chunked_array([pa.nulls(3, pa.float64())]), 5) is None
