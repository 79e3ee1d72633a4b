"""Robustness of a model: answers under perturbed data, and a model that refuses them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks.perturbation import PERTURBATIONS, Strength, changed, perturbed
from modelops_airflow.data.profile import Column
from modelops_airflow.data.values import numbers
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

TRUTH = {"target": "good"}


def requires(metric, fail):
    return [Requirement(metric, None, fail, {}, "model file", default=False)]


def test_only_columns_that_the_model_uses_change_its_answers(tmp_path):
    measured = measure(tmp_path, "robustness", applicants(), logistic, baseline=applicants(seed=6), **TRUTH)

    share = values(measured, "prediction_change_share")
    assert share["none",] == 0
    assert share["shuffle", "income"] > 0.2
    assert share["shuffle", "age"] == share["missing", "home"] == share["unseen", "home"] == 0
    assert ("unseen", "income") not in share and ("noise", "home") not in share, "no meaning for the column"


def test_changes_and_drops_are_those_of_scikit_learn_on_the_same_perturbed_rows(tmp_path):
    from sklearn.metrics import roc_auc_score

    table, asked = applicants(), []

    def model(rows):
        asked.append(rows)
        return logistic(rows)

    measured = measure(tmp_path, "robustness", table, model, {"perturbations": ["shuffle"], "columns": ["debt"]}, **TRUTH)

    before, after = (numbers(logistic(rows)["score"]) for rows in asked[-3::2])
    truth = table["good"].to_numpy()
    assert values(measured, "auc_drop")["shuffle", "debt"] == pytest.approx(roc_auc_score(truth, before) - roc_auc_score(truth, after), abs=1e-12)
    moved = np.asarray(table["debt"]) != np.asarray(asked[-1]["debt"])
    assert values(measured, "score_change_mean")["shuffle", "debt"] == pytest.approx(np.abs(after - before)[moved].mean())
    assert values(measured, "prediction_change_share")["shuffle", "debt"] == ((after > 0.5) != (before > 0.5))[moved].mean()
    accuracy = ((before > 0.5) == truth).mean() - ((after > 0.5) == truth).mean()
    assert values(measured, "accuracy_drop")["shuffle", "debt"] == pytest.approx(accuracy)


def test_a_small_sample_of_amounts_is_judged_as_amounts(tmp_path):
    """Fifteen rows have too few amounts to be told from labels; that they are amounts, all rows say."""
    table = applicants()
    amounts = table.append_column("paid", pa.array(np.asarray(table["income"]) * 2))
    measured = measure(tmp_path, "robustness", amounts, lambda rows: pa.table({"prediction": np.asarray(rows["income"]) * 2.0}),
                       {"rows": 15, "perturbations": ["shuffle"], "columns": ["income"]}, target="paid", ignore=["good"])
    drops = {row.name for row in measured.metrics if row.name.endswith("_drop")}
    assert drops == {"r2_drop"}


def test_a_model_that_raises_over_missing_values_is_measured_and_never_passes(tmp_path):
    measured = measure(tmp_path, "robustness", applicants(), logistic, **TRUTH)

    assert measured.status is Status.MEASURED
    assert values(measured, "model_errors")["missing", "income"] == 400
    assert values(measured, "model_errors")["missing", "age"] == 0
    row = next(row for row in measured.metrics if row.name == "auc_drop" and row.where == {"perturbation": "missing", "column": "income"})
    assert (row.value, row.reason) == (None, "the model raised: Input X contains NaN")
    assert judge(requires("model_errors", "> 0"), measured).verdict is Verdict.FAIL
    assert judge(requires("prediction_change_share", "> 1"), measured).verdict is Verdict.ERROR, "unknown is not green"
    calm = measure(tmp_path, "robustness", applicants(), logistic, {"perturbations": ["noise", "shuffle"]}, **TRUTH)
    assert judge(requires("model_errors", "> 0"), calm).verdict is Verdict.PASS, "the control"


def test_answers_that_are_not_finite_are_counted_as_errors_and_as_changes(tmp_path):
    def fragile(rows):
        told = logistic(rows)
        score = numbers(told["score"]).copy()
        score[numbers(rows["debt"]) > 40] = np.inf
        return told.set_column(1, "score", pa.array(score))

    measured = measure(tmp_path, "robustness", applicants(), fragile, {"perturbations": ["extreme"], "columns": ["debt"], "reach": 2.0}, **TRUTH)

    above = values(measured, "model_errors")["extreme", "debt"]
    assert 150 < above < 250, "half of the rows"
    assert values(measured, "prediction_change_share")["extreme", "debt"] >= above / 400
    assert values(measured, "score_change_mean")["extreme", "debt"] is values(measured, "auc_drop")["extreme", "debt"] is None


def test_answers_of_another_form_are_errors_and_no_comparison(tmp_path):
    """Beside scores from 0 to 1 a label of 0 or 1 would look like a small change."""
    def sulks(rows):
        told = logistic(rows)
        return told if numbers(rows["debt"]).max() < 45 else told.select(["prediction"])

    measured = measure(tmp_path, "robustness", applicants(), sulks, {"perturbations": ["extreme"], "columns": ["debt"]}, **TRUTH)
    assert values(measured, "model_errors")["extreme", "debt"] == 400
    assert values(measured, "score_change_mean")["extreme", "debt"] is None


def test_a_model_that_answers_another_way_each_time_is_told(tmp_path):
    draws = np.random.default_rng(0)

    def dice(rows):
        return pa.table({"prediction": draws.integers(0, 2, rows.num_rows)})

    share = values(measure(tmp_path, "robustness", applicants(), dice, **TRUTH), "prediction_change_share")
    assert share["none",] > 0.3


def test_a_model_that_cannot_answer_the_rows_as_they_are_is_an_error(tmp_path):
    def broken(_rows):
        raise RuntimeError("no")

    assert measure(tmp_path, "robustness", applicants(), broken, **TRUTH).notes == ("the model did not answer: no",)
    none = measure(tmp_path, "robustness", applicants(), None, **TRUTH)
    assert none.status is Status.ERROR and "asks the model, and there is none here" in none.notes[0]
    short = measure(tmp_path, "robustness", applicants(), lambda rows: logistic(rows.slice(1)), **TRUTH)
    assert short.status is Status.ERROR and "answered 399 rows for 400" in short.notes[0]


def test_without_truth_there_are_changes_and_no_drops(tmp_path):
    measured = measure(tmp_path, "robustness", applicants().drop_columns("good"), logistic, {"perturbations": ["noise"]})

    assert {row.name for row in measured.metrics} == {"prediction_change_share", "score_change_mean", "model_errors"}


def test_amounts_have_no_share_of_changed_predictions(tmp_path):
    table = applicants()
    table = table.append_column("worth", pa.array(numbers(table["income"]) * 3))

    def amount(rows):
        return pa.table({"prediction": numbers(rows["income"]) * 3 - numbers(rows["debt"])})

    measured = measure(tmp_path, "robustness", table, amount, {"perturbations": ["noise"]}, target="worth", ignore=["good"])

    assert {row.name for row in measured.metrics} == {"score_change_mean", "r2_drop", "model_errors"}
    noise = values(measured, "score_change_mean")["noise", "income"]
    assert noise == pytest.approx(3 * 0.1 * np.asarray(table["income"]).std() * np.sqrt(2 / np.pi), rel=0.1), "mean of |N(0, 0.1 std)|, times 3"


def test_a_column_that_cannot_change_is_listed_and_not_judged(tmp_path):
    table = applicants().append_column("same", pa.array([7] * 400))

    measured = measure(tmp_path, "robustness", table, logistic, {"perturbations": ["noise", "shuffle"]}, **TRUTH)

    rows = [row for row in measured.metrics if row.where.get("column") == "same"]
    assert rows and all(not row.judged and row.value is None for row in rows)


@pytest.mark.parametrize(("options", "idle"), [
    ({"perturbations": ["noise"], "columns": ["home"]}, "noise"),
    ({"perturbations": ["noise", "shuffle", "extreme"], "columns": ["home"]}, "noise, extreme"),
    ({"perturbations": ["noise"], "columns": ["age"], "noise": 0.001}, "noise"),
    ({"perturbations": ["unseen"], "columns": ["income"]}, "unseen"), ({"columns": ["same"]}, "missing, extreme, noise, shuffle, unseen"),
])
def test_a_perturbation_that_changes_nothing_is_an_error_and_not_a_pass_of_the_control(tmp_path, options, idle):
    table = applicants().append_column("same", pa.nulls(400, pa.float64()))
    asked = requires("prediction_change_share", "> 0.001")
    measured = measure(tmp_path, "robustness", table, logistic, options, **TRUTH)
    assert measured.status is Status.ERROR and measured.notes[0].startswith(f"{idle}: no column has 10 values that change")
    assert judge(asked, measured).verdict is Verdict.ERROR
    right = measure(tmp_path, "robustness", table, logistic, {"perturbations": ["noise"], "columns": ["home", "debt"]}, **TRUTH)
    assert judge(asked, right).verdict is Verdict.FAIL, "the control"


def test_what_nobody_named_and_can_change_nothing_is_noted(tmp_path):
    measured = measure(tmp_path, "robustness", applicants(), logistic, {"columns": ["income"]}, **TRUTH)
    assert measured.status is Status.MEASURED and measured.notes[-1] == "unseen: no column has 10 values that change"


def test_the_rows_asked_twice_are_listed_and_not_judged(tmp_path):
    measured = measure(tmp_path, "robustness", applicants(), logistic, {"perturbations": ["noise"]}, **TRUTH)
    assert {row.judged for row in measured.metrics if row.where["perturbation"] == "none"} == {False}
    assert {row.judged for row in measured.metrics if row.where["perturbation"] == "noise"} == {True}


def test_the_sample_is_bounded_and_the_same_for_the_same_seed(tmp_path):
    first, again, other = (measure(tmp_path, "robustness", applicants(), logistic, {"rows": 100, "seed": seed, "perturbations": ["noise"]}, **TRUTH)
                           for seed in (1, 1, 2))
    assert first == again != other
    assert {row.n for row in first.metrics if row.name == "auc_drop"} == {100}
    assert first.notes[0] == "current data: 100 of 400 rows, drawn with seed 1"
    assert first.parameters["seed"] == 1


def test_another_column_changes_no_draw_of_the_others(tmp_path):
    table = applicants()
    whole = measure(tmp_path, "robustness", table, logistic, {"perturbations": ["noise"]}, **TRUTH)
    less = measure(tmp_path, "robustness", table.drop_columns(["age", "home"]), logistic, {"perturbations": ["noise"]}, **TRUTH)
    assert values(whole, "score_change_mean")["noise", "debt"] == values(less, "score_change_mean")["noise", "debt"]


def test_the_model_sees_features_only(tmp_path):
    seen = set()

    def curious(rows):
        seen.update(rows.column_names)
        return logistic(rows)

    table = applicants().append_column("day", pa.array([1] * 400)).append_column("id", pa.array(range(400)))
    measure(tmp_path, "robustness", table, curious, {"perturbations": ["noise"]}, target="good", time="day", ignore=["id"])
    assert seen == {"income", "debt", "age", "home"}


@pytest.mark.parametrize(("options", "says"), [
    ({"noise": 0}, "noise: expected 0.001 to 100, found 0"), ({"noise": 1e-300}, "0.001 to 100"), ({"reach": 101.0}, "0.001 to 100"), ({"rows": 9}, "expected 10 to 1,000,000"),
    ({"seed": -1}, "expected 0 or more"), ({"perturbations": ["swap"]}, "no perturbation 'swap'"), ({"perturbations": []}, "no perturbation is named"),
    ({"columns": ["good"]}, "'good' is not among the features"), ({"noise": float("nan")}, "expected a number"), ({"columns": []}, "no column is named"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "robustness", applicants(), logistic, options, **TRUTH)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_rows_that_are_not_those_that_were_profiled_are_refused(tmp_path):
    import pyarrow.parquet as pq

    from modelops_airflow.data.dataset import Dataset
    from modelops_airflow.data.prepare import profiles_of

    pq.write_table(applicants(), tmp_path / "data.parquet")
    data = Dataset("data", files=(tmp_path / "data.parquet",))
    context = CheckContext(dataset=data, columns=TRUTH, score=logistic)
    profiles = profiles_of(data, None, TRUTH, score=logistic)
    assert run_check("robustness", profiles, {}, context=context).status is Status.MEASURED
    pq.write_table(applicants(seed=9), tmp_path / "data.parquet")
    refused = run_check("robustness", profiles, {}, context=context)
    assert refused.status is Status.ERROR and "no longer the data that was profiled" in refused.notes[0]


KNOWN = Column("numeric", 200, 0, low=0.0, high=10.0, std=4.0)
HARD = Strength(0.5, 1.0)


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(5, 1), pa.dictionary(pa.int32(), pa.int64())])
def test_numbers_keep_their_meaning_under_noise_and_extremes(kind):
    plain = pa.array([0.0, 5.0, 10.0, None] * 50)
    values = pa.chunked_array([plain.cast(pa.int64()).dictionary_encode() if pa.types.is_dictionary(kind) else plain.cast(kind)])
    noise = numbers(perturbed("noise", "x", values, KNOWN, HARD, 0))
    away = noise - numbers(values)
    assert np.nanstd(away) == pytest.approx(2.0, rel=0.15)
    assert np.isnan(noise[3::4]).all(), "missing stays missing"
    assert not (pa.types.is_integer(kind) or pa.types.is_dictionary(kind)) or (noise[~np.isnan(noise)] % 1 == 0).all()
    extreme = numbers(perturbed("extreme", "x", values, KNOWN, HARD, 0))
    assert set(extreme[~np.isnan(extreme)]) == {-10.0, 20.0}
    assert changed(values, perturbed("missing", "x", values, KNOWN, HARD, 0)).sum() == 150


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_an_unseen_label_is_one_that_no_row_has(kind):
    values = pa.chunked_array([pa.array(["a", "not-seen-before", None] * 50).cast(kind)])
    after = perturbed("unseen", "x", values, Column("categorical", 150, 50), HARD, 0)
    assert set(after.to_pylist()) == {"not-seen-before-"}
    assert changed(values, after).all()
    assert sorted(map(str, perturbed("shuffle", "x", values, KNOWN, HARD, 0).to_pylist())) == sorted(map(str, values.to_pylist()))


@pytest.mark.parametrize("values", [pa.array([True, False] * 50), pa.array([b"a", b"b"] * 50), pa.array([0, 1000] * 50, pa.timestamp("s"))])
def test_what_has_no_meaning_for_a_column_is_left_out(values):
    column = pa.chunked_array([values])
    for name in PERTURBATIONS:
        after = perturbed(name, "x", column, Column("categorical", 100, 0), HARD, 0)
        assert (after is None) == (name in ("extreme", "noise", "unseen"))
        assert after is None or changed(column, after).any()
