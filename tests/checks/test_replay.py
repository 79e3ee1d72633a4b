"""Replay: recorded answers beside today's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from asked import applicants, logistic, measure, values
from scipy.stats import spearmanr

from modelops_airflow.data.values import numbers
from modelops_airflow.digest import digest_file
from modelops_airflow.measurement import Status

COLUMNS = {"target": "good"}


def recorded(table=None, model=logistic):
    """Rows with the answers of a model beside them."""
    table = applicants() if table is None else table
    told = model(table)
    return table.append_column("old_label", told["prediction"]).append_column("old_score", told["score"])


def louder(rows, by=1e-9):
    told = logistic(rows)
    return told.set_column(1, "score", pa.array(numbers(told["score"]) + by))


def keep(folder, table, name="canary.parquet"):
    pq.write_table(table, folder / name)
    return {"file": name, "prediction": "old_label", "score": "old_score"}


def test_the_same_model_answers_the_same_in_every_mode(tmp_path):
    options = keep(tmp_path, recorded(applicants(50, seed=9)))
    for more in ({}, {"mode": "tolerance", "tolerance": 0.001}, {"mode": "rank"}):
        measured = measure(tmp_path, "replay", applicants(), logistic, options | more, **COLUMNS)
        assert {row.name: (row.value, row.n) for row in measured.metrics} == {
            "answers_changed_share": (0, 50), "largest_score_difference": (0, 50), "rank_correlation": (1, 50), "changed_runs": (0, 50), "silent_change": (0, 50)}
    assert measured.inputs["file:canary.parquet"] == digest_file(tmp_path / "canary.parquet")


def test_one_digit_is_a_change_when_exact_and_none_within_the_tolerance(tmp_path):
    options = keep(tmp_path, recorded())
    exact = measure(tmp_path, "replay", applicants(), louder, options, **COLUMNS)
    near = measure(tmp_path, "replay", applicants(), louder, options | {"mode": "tolerance", "tolerance": 1e-6}, **COLUMNS)
    order = measure(tmp_path, "replay", applicants(), lambda rows: louder(rows, 0.25), options | {"mode": "rank"}, **COLUMNS)

    assert [values(one, "answers_changed_share")[()] for one in (exact, near, order)] == [1, 0, 0]
    assert values(exact, "largest_score_difference")[()] == pytest.approx(1e-9)
    assert values(order, "largest_score_difference")[()] == pytest.approx(0.25)


def test_changed_labels_and_order_are_counted_row_by_row(tmp_path):
    def moody(rows):
        told, young = logistic(rows), numbers(rows["age"]) < 30
        score = np.where(young, 1 - numbers(told["score"]), numbers(told["score"]))
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score})

    table = applicants()
    measured = measure(tmp_path, "replay", table, moody, keep(tmp_path, recorded(table)) | {"mode": "tolerance", "tolerance": 1.0}, **COLUMNS)

    before, after = (numbers(one(table)["score"]) for one in (logistic, moody))
    assert values(measured, "answers_changed_share")[()] == ((before > 0.5) != (after > 0.5)).mean()
    assert values(measured, "rank_correlation")[()] == pytest.approx(spearmanr(before, after).statistic)


def test_the_current_datas_own_columns_are_what_is_recorded_where_no_file_is_named(tmp_path):
    options = {"prediction": "old_label", "score": "old_score"}
    hidden = {"target": "good", "ignore": ["old_label", "old_score"]}
    assert values(measure(tmp_path, "replay", recorded(), logistic, options, **hidden), "answers_changed_share")[()] == 0
    assert values(measure(tmp_path, "replay", recorded(), louder, options, **hidden), "answers_changed_share")[()] == 1
    bare = measure(tmp_path, "replay", applicants(), logistic, options, **COLUMNS)
    assert bare.status is Status.ERROR and "no column 'old_label' of recorded answers" in bare.notes[0]


def test_recorded_answers_are_never_shown_to_the_model(tmp_path):
    seen = set()

    def curious(rows):
        seen.update(rows.column_names)
        return logistic(rows)

    measure(tmp_path, "replay", applicants(), curious, keep(tmp_path, recorded()), **COLUMNS)
    assert seen == {"income", "debt", "age", "home"}


def test_labels_alone_or_scores_alone_are_enough(tmp_path):
    labels = {name: value for name, value in keep(tmp_path, recorded().drop_columns("old_score")).items() if name != "score"}
    measured = measure(tmp_path, "replay", applicants(), louder, labels, **COLUMNS)
    assert [(row.name, row.value) for row in measured.metrics] == [("answers_changed_share", 0), ("changed_runs", 0), ("silent_change", 0)]
    refused = measure(tmp_path, "replay", applicants(), louder, labels | {"mode": "rank"}, **COLUMNS)
    assert refused.status is Status.ERROR and "no scores are recorded" in refused.notes[0]
    scores = {name: value for name, value in keep(tmp_path, recorded().drop_columns("old_label")).items() if name != "prediction"}
    assert values(measure(tmp_path, "replay", applicants(), louder, scores, **COLUMNS), "answers_changed_share")[()] == 1


def test_a_column_of_answers_that_is_named_and_absent_and_a_handful_of_rows_are_errors(tmp_path):
    misspelt = keep(tmp_path, recorded().drop_columns("old_score"))
    measured = measure(tmp_path, "replay", applicants(), louder, misspelt, **COLUMNS)
    assert measured.status is Status.ERROR and "no column 'old_score' of recorded answers" in measured.notes[0]
    few = measure(tmp_path, "replay", applicants(), louder, keep(tmp_path, recorded().slice(0, 9)), **COLUMNS)
    assert few.status is Status.ERROR and "9 rows; expected at least 10" in few.notes[0]


def test_amounts_are_compared_as_numbers(tmp_path):
    def amount(rows):
        return pa.table({"prediction": numbers(rows["income"]) * 3})

    table = applicants()
    pq.write_table(table.append_column("prediction", pa.array(numbers(table["income"]) * 3 + 0.5)), tmp_path / "canary.parquet")
    options = {"file": "canary.parquet"}
    worth = table.append_column("worth", pa.array(numbers(table["income"]) * 3))
    columns = {"target": "worth", "ignore": ["good"]}
    exact, near = (measure(tmp_path, "replay", worth, amount, options | more, **columns) for more in ({}, {"mode": "tolerance", "tolerance": 0.6}))
    assert (values(exact, "answers_changed_share")[()], values(near, "answers_changed_share")[()]) == (1, 0)
    assert values(near, "largest_score_difference")[()] == pytest.approx(0.5)


def test_a_csv_file_of_a_vendor_is_read(tmp_path):
    pyarrow.csv.write_csv(recorded(), tmp_path / "canary.csv")
    measured = measure(tmp_path, "replay", applicants(), logistic, {"file": "canary.csv", "prediction": "old_label", "score": "old_score"}, **COLUMNS)
    assert values(measured, "answers_changed_share")[()] == 0


def test_no_usable_answer_is_a_change_and_leaves_the_rest_unknown(tmp_path):
    def silent(rows):
        told = logistic(rows)
        score = numbers(told["score"]).copy()
        score[:40] = np.nan
        return told.set_column(1, "score", pa.array(score))

    options = keep(tmp_path, recorded())
    measured = measure(tmp_path, "replay", applicants(), silent, options, **COLUMNS)
    assert values(measured, "answers_changed_share")[()] == 0.1
    unknown = {row.name: row.reason for row in measured.metrics if row.value is None}
    assert "no register knows earlier runs" in unknown.pop("silent_change")
    assert unknown == dict.fromkeys(["largest_score_difference", "rank_correlation"], "40 rows have no usable answer")
    assert values(measure(tmp_path, "replay", applicants(), silent, options | {"mode": "rank"}, **COLUMNS), "answers_changed_share")[()] == 1


@pytest.mark.parametrize(("change", "says"), [
    (lambda table: table.set_column(5, "old_label", pa.array(["no", "yes"] * 200)), "record them in the model's form"),
    (lambda table: table.set_column(5, "old_label", pa.nulls(400, pa.int64())), "400 of 400 rows have no recorded prediction"),
    (lambda table: table.set_column(6, "old_score", pa.array([None, 0.5] * 200)), "200 of 400 rows have no recorded score"),
    (lambda table: table.set_column(6, "old_score", pa.array(["high"] * 400)), "are no numbers"),
    (lambda table: table.drop_columns("income"), "did not answer"),
    (lambda table: table.slice(0, 0), "has no rows"),
])
def test_what_cannot_be_compared_is_an_error(tmp_path, change, says):
    measured = measure(tmp_path, "replay", applicants(), logistic, keep(tmp_path, change(recorded())), **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


@pytest.mark.parametrize(("options", "says"), [
    ({"tolerance": 0.1}, "set mode: tolerance"), ({"mode": "tolerance", "tolerance": -1.0}, "expected 0 or more"), ({"mode": "near"}, "expected one of exact"),
    ({"file": "../secret.csv"}, "leads outside"), ({"file": "none.csv"}, "is not there"), ({"rows": 0}, "expected 10 to"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "replay", applicants(), logistic, keep(tmp_path, recorded()) | options, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_scores_on_record_of_a_model_that_gives_none_are_an_error(tmp_path):
    def mute(rows):
        return logistic(rows).select(["prediction"])

    measured = measure(tmp_path, "replay", applicants(), mute, keep(tmp_path, recorded()), **COLUMNS)
    assert measured.status is Status.ERROR and "the model gives none" in measured.notes[0]


def test_recorded_answers_that_are_swapped_while_they_are_read_are_an_error(tmp_path, monkeypatch):
    from modelops_airflow.data.dataset import Dataset

    options, read = keep(tmp_path, recorded()), Dataset.columns

    def swapped(self, **more):
        if self.name == "canary.parquet":
            keep(tmp_path, recorded(applicants(400, seed=8)))
        return read(self, **more)

    assert measure(tmp_path, "replay", applicants(), logistic, options, **COLUMNS).status is Status.MEASURED, "the control"
    monkeypatch.setattr(Dataset, "columns", swapped)
    told = measure(tmp_path, "replay", applicants(), logistic, options, **COLUMNS)
    assert told.status is Status.ERROR and "canary.parquet was written to while it was read" in told.notes[0]
