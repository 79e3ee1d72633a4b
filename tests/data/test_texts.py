"""Free texts: a profile has their length and not a word, drift is that of the length, and no category hides as a text."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.errors import DataError
from modelops_airflow.measurement import Status

COLUMNS = {"texts": ["text"]}


def rows(n=2000, seed=1, longer=0):
    draws = np.random.default_rng(seed)
    return pa.table({"text": [f"secret-{seed}-{i} " + "x" * int(size) for i, size in enumerate(draws.integers(10, 60, n) + longer)], "k": ["a", "b"] * (n // 2), "n": draws.normal(size=n)})


def sides(folder, now, before, **columns):
    found = []
    for name, table in (("now", now), ("before", before)):
        pq.write_table(table, folder / f"{name}.parquet")
        found.append(Dataset(name, files=(folder / f"{name}.parquet",)))
    return profiles_of(*found, columns or COLUMNS)


def psi(both, **options):
    measured = run_check("drift", both, {"method": "psi", **options})
    assert measured.status is Status.MEASURED
    return {row.where.get("column"): row.value for row in measured.metrics if row.name == "psi"}


def test_no_word_of_a_free_text_is_in_the_profile(tmp_path):
    both = sides(tmp_path, rows(300), rows(300, seed=2))
    assert "secret" not in json.dumps(both.to_json())
    assert "secret" in json.dumps(sides(tmp_path, rows(300), rows(300, seed=2), ignore=["k"]).to_json()), "the control: labels are"
    assert both.current.columns["text"].valid == 300 and both.current.columns["text"].values is None


def test_other_texts_of_the_same_length_are_no_drift_and_longer_ones_are(tmp_path):
    still, moved = psi(sides(tmp_path, rows(), rows(seed=2))), psi(sides(tmp_path, rows(longer=40), rows(seed=2)))
    numbers = [pa.table({"n": [float(len(one)) for one in table["text"].to_pylist()]}) for table in (rows(longer=40), rows(seed=2))]
    assert still["text"] < 0.05 and moved["text"] > 0.5
    assert moved["text"] == psi(sides(tmp_path, *numbers, ignore=[]))["n"], "that of the lengths as a column of numbers"
    assert psi(sides(tmp_path, rows(), rows(seed=2)), roles=["feature"]).keys() == {"text", "k", "n"}


@pytest.mark.parametrize("method", ["auto", "psi", "wasserstein", "ks", "jensenshannon"])
def test_every_method_of_numbers_measures_the_length(tmp_path, method):
    measured = run_check("drift", sides(tmp_path, rows(), rows(seed=2)), {"method": method})
    assert next(row for row in measured.metrics if row.where.get("column") == "text").value is not None


@pytest.mark.parametrize(("column", "says"), [
    (pa.array(["a", "b"] * 1000), "it is a category and no free text"), (pa.array([f"w{n % 150}" for n in range(2000)]), "expected at least 200"),
    (pa.array(range(2000)), "expected texts"),
])
def test_what_is_no_free_text_cannot_hide_its_drift_as_one(tmp_path, column, says):
    with pytest.raises(DataError, match=says):
        sides(tmp_path, rows().set_column(0, "text", column), rows(seed=2))


def test_a_column_of_texts_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"no column 'txt' \(texts\)"):
        sides(tmp_path, rows(), rows(), texts=["txt"])


@pytest.mark.parametrize(("check", "options"), [
    ("drift", {"binning": "evidently"}), ("data-quality", {}), ("volumetrics", {}), ("expectations", {}), ("alarms", {}), ("multivariate", {}), ("robustness", {"rows": 100}),
    ("sensitivity", {"rows": 50, "points": 3}),
])
def test_other_checks_take_a_free_text_for_a_column_without_labels(tmp_path, check, options):
    def model(table):
        return pa.table({"prediction": [int(len(one or "") > 50) for one in table["text"].to_pylist()], "score": [len(one or "") / 200 for one in table["text"].to_pylist()]})

    columns = {**COLUMNS, "favourable": 1}
    paths = {}
    for name, table in (("now", rows()), ("before", rows(seed=2))):
        pq.write_table(table, tmp_path / f"{name}.parquet")
        paths[name] = Dataset(name, files=(tmp_path / f"{name}.parquet",))
    both = profiles_of(paths["now"], paths["before"], columns, score=model, exact=("psi",) if check == "drift" else ())
    context = CheckContext(dataset=paths["now"], baseline=paths["before"], columns=columns, score=model, earlier=lambda _most: [])
    measured = run_check(check, both, options, context=context)
    assert measured.status is Status.MEASURED, measured.notes
    assert "secret" not in json.dumps(measured.to_json())


def test_a_free_text_is_never_set_for_everybody_and_told(tmp_path):
    both = sides(tmp_path, rows(), rows(seed=2))
    context = CheckContext(dataset=Dataset("now", files=(tmp_path / "now.parquet",)), columns=COLUMNS, score=lambda table: pa.table({"prediction": [1.5] * table.num_rows}))
    measured = run_check("sensitivity", both, {"columns": ["text"]}, context=context)
    assert measured.status is Status.ERROR and "is a free text" in measured.notes[0]


def test_missing_texts_and_none_at_all_are_counted(tmp_path):
    some = rows(200).set_column(0, "text", pa.array([None if n % 2 else f"text {n}" for n in range(200)]))
    assert sides(tmp_path, some, rows(200)).current.columns["text"].nulls == 100
    empty = rows(200).set_column(0, "text", pa.nulls(200, pa.string()))
    both = sides(tmp_path, empty, rows(200))
    assert both.current.columns["text"].valid == 0 and psi(both)["text"] is None
