"""Answers of a file: each found once by its key, and none made up."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, clean

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.late import keyless
from modelops_airflow.data.prepare import features_of, profiles_of
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError, DataError
from modelops_airflow.kinds import open_model, scan, verify
from modelops_airflow.kinds.services import recorded
from modelops_airflow.measurement import Status
from vendors import vendor_server

FILE = EXAMPLES / "vendor" / "answers-2026.1.csv"
OPTIONS: dict[str, Any] = {"key": ["application_id"], "prediction": "label", "score": "probability"}


def opened(data: bytes, file: str = "answers.csv", **options: Any) -> Any:
    report = scan("recorded", data, file=file)
    assert clean(report), report.notes
    return open_model(verify("recorded", data, digest_bytes(data), report), {"key": ["id"]} | options)


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_the_examples_answers_are_those_of_the_vendor_whatever_the_order_of_the_rows() -> None:
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet")
    told = opened(FILE.read_bytes(), FILE.name, **OPTIONS).score(rows)
    assert told["score"].to_pylist() == [vendor_server.probability(row) for row in rows.to_pylist()]
    assert told["prediction"].to_pylist() == [int(one >= 0.5) for one in told["score"].to_pylist()]


def test_keys_are_compared_as_the_texts_that_they_are() -> None:
    scorer = opened(b"id,day,prediction\n007,2026-01-02,yes\n7,2026-01-02,no\n", key=["id", "day"])
    day = datetime.date(2026, 1, 2)
    assert scorer.score(pa.table({"id": ["7", "007"], "day": [day, day]}))["prediction"].to_pylist() == ["no", "yes"]
    assert scorer.score(pa.table({"id": [7], "day": ["2026-01-02"]}))["prediction"].to_pylist() == ["no"]
    assert scorer.score(pa.table({"id": pa.array(["7"]).dictionary_encode(), "day": ["2026-01-02"]}))["prediction"].to_pylist() == ["no"]
    assert scorer.score(pa.table({"id": pa.array([], pa.int64()), "day": pa.array([], pa.string())})).num_rows == 0


def test_two_columns_of_a_key_are_not_run_together() -> None:
    scorer = opened(b"a,b,prediction\nx,yz,1\nxy,z,2\n", key=["a", "b"])
    assert scorer.score(pa.table({"a": ["xy", "x"], "b": ["z", "yz"]}))["prediction"].to_pylist() == [2, 1]


@pytest.mark.parametrize(("asked", "why"), [
    ({"id": [1, 2, 9]}, r"row 2 of the data has no recorded answer \(1 of 3 have none\)"), ({"id": [1, 2, 1]}, "the data: row 2 has a key that a row before it has"),
    ({"id": [1, None]}, "the data: row 1 has no key in 'id'"), ({"id": [1.0, 2.0]}, "the data: key column 'id' is double"),
    ({"other": [1]}, "the data shows no column 'id'.*data.columns.key"),
])
def test_a_row_without_its_one_answer_is_an_error_that_does_not_repeat_the_key(asked: dict[str, Any], why: str) -> None:
    with pytest.raises(ArtifactError, match=why):
        opened(b"id,prediction\n1,0\n2,1\n").score(pa.table(asked))


@pytest.mark.parametrize(("data", "options", "why"), [
    (b"id,prediction\n1,0\n1,1\n", {}, "file of answers: row 1 has a key that a row before it has"),
    (b"id,prediction\n1,0\n,1\n", {}, "file of answers: row 1 has no key"),
    (b"id,prediction\n1,0\n2,\n", {}, "file of answers: row 1 has no prediction"),
    (b"id,prediction\n1,a\n2,\n", {}, "file of answers: row 1 has no prediction"),
    (b"id,prediction\n1,0.5\n2,nan\n", {}, "file of answers: row 1 has a prediction that is not finite|row 1 has no prediction"),
    (b"id,prediction,score\n1,0,0.5\n2,1,700\n", {"score": "score"}, "row 1 has 700 as score; expected a probability"),
    (b"id,prediction,score\n1,0,0.5\n2,1,\n", {"score": "score"}, "row 1 has nothing as score"),
    (b"id,prediction\n1,2026-01-01\n", {}, "row 0 has a date as prediction"),
    (b"id,answer\n1,0\n", {}, "no column 'prediction'; columns: id, answer"),
    (b"id,prediction\n1,0\n", {"key": []}, "names no column"), (b"id,prediction\n1,0\n", {"key": ["id", "id"]}, "or one twice"),
    (b"id,prediction\n1,0\n", {"prediction": "id"}, "one column twice"),
])
def test_a_file_whose_answers_are_none_is_not_opened(data: bytes, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ArtifactError, match=why):
        opened(data, **options)


def test_not_a_number_in_a_parquet_file_is_no_answer() -> None:
    for column in ({"prediction": [0.5, float("nan")]}, {"prediction": [0.5, float("inf")]}):
        with pytest.raises(ArtifactError, match="row 1 has a prediction that is not finite"):
            opened(parquet(pa.table({"id": [1, 2]} | column)), "a.parquet")
    with pytest.raises(ArtifactError, match="row 1 has a number out of range as score"):
        opened(parquet(pa.table({"id": [1, 2], "prediction": [0, 1], "score": [0.5, float("nan")]})), "a.parquet", score="score")


@pytest.mark.parametrize(("data", "file", "why"), [
    (b"id,id,prediction\n1,1,0\n", "a.csv", "column 'id' is there twice"), (b"id,prediction\n", "a.csv", "no rows"), (b"PAR1 and no more", "a.parquet", "no Parquet file"),
    (parquet(pa.table({"id": [1]}))[:-20] + b"PAR1", "a.parquet", "no Parquet file"), (b"a,b\n1\n", "a.csv", "no CSV file"), (b"id\n1\n", "a.csv", "one column; expected a key and a prediction"), (b"\x00\x01", "a.csv", "unknown by its content"),
    (b"id,prediction\n1,0\n", "a.txt", "does not end in .parquet or .csv"),
])
def test_a_file_that_is_no_table_of_answers_does_not_pass_its_scan(data: bytes, file: str, why: str) -> None:
    report = scan("recorded", data, file=file)
    assert not clean(report) and any(why in note for note in report.notes), report.notes


def test_a_small_file_that_unpacks_to_a_great_one_does_not_pass_its_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet(pa.table({"id": [1] * 100_000, "prediction": [1] * 100_000}))
    monkeypatch.setattr(recorded, "LARGEST", 16_000)
    assert any("unpacks to more than" in note for note in scan("recorded", data, file="a.parquet").notes)


def test_the_scan_tells_how_many_answers_there_are() -> None:
    assert {"answers: 1000", "columns: application_id, label, probability"} <= set(scan("recorded", FILE.read_bytes(), file=FILE.name).notes)


@pytest.mark.parametrize("check", ["robustness", "sensitivity", "explainability"])
def test_checks_that_change_rows_are_errors_since_nobody_answers_changed_rows(check: str) -> None:
    """Each changed row would find the answer to the row as it was, and the model would seem to be as steady as a rock."""
    scorer = opened(FILE.read_bytes(), FILE.name, **OPTIONS)
    current = Dataset("current", files=(EXAMPLES / "credit" / "current.parquet",))
    columns = {"target": "defaulted", "favourable": 0, "key": ("application_id",)}
    profiles = profiles_of(current, None, columns, score=scorer.score)
    context = CheckContext(dataset=current, columns=columns, score=scorer.score, said=scorer.said, fixed=scorer.fixed)
    found = run_check(check, profiles, {"columns": ["amount"]} if check == "sensitivity" else {}, context=context)
    assert found.status is Status.ERROR and "nobody can be asked about other rows" in found.notes[0], found.notes


def test_the_model_sees_the_key_and_nothing_is_checked_of_it(tmp_path: Any) -> None:
    seen: list[list[str]] = []

    def score(rows: pa.Table) -> pa.Table:
        seen.append(rows.column_names)
        return pa.table({"prediction": [1] * rows.num_rows})

    pq.write_table(pa.table({"id": [1, 2], "a": [1.0, 2.0], "gone": [1, 1]}), tmp_path / "a.parquet")
    data = Dataset("a", files=(tmp_path / "a.parquet",))
    profiles = profiles_of(data, None, {"key": ("id",), "ignore": ("gone",)}, score=score)
    assert seen == [["id", "a"]] and set(profiles.current.columns) == {"id", "a", "prediction"}
    assert (profiles.current.columns["id"].kind, profiles.current.columns["id"].values) == ("other", None)
    with pytest.raises(DataError, match=r"no column 'number' \(key\)"):
        profiles_of(data, None, {"key": ("number",)}, score=score)


def test_the_key_of_late_labels_is_hidden_unless_the_file_says_that_the_model_sees_it() -> None:
    rows = pa.table({"id": [1], "a": [2]})
    assert features_of(rows, keyless({}, "id")).column_names == ["a"]
    assert features_of(rows, keyless({"key": ("id",)}, "id")).column_names == ["id", "a"]
