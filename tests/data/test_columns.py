"""Columns read one at a time are the table's, and a file that changes meanwhile is no evidence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.data.columns import Lazy
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.parquet import Parquet
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.query import Query
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.errors import DataError

COLUMNS = {"target": "y", "favourable": 1, "protected": ["g"], "prediction": "p", "score": "s"}
ROLES = {"x": "feature", "g": "protected", "y": "target", "p": "prediction", "s": "score"}


def _table(seed=0, n=4000):
    generator = np.random.default_rng(seed)
    score = generator.random(n)
    return pa.table({"x": generator.normal(size=n), "g": generator.choice(["a", "b"], n), "s": score,
                     "y": (generator.random(n) < score).astype(int), "p": (score > 0.5).astype(int)})


@pytest.fixture
def data(tmp_path):
    """Two files as one data set."""
    for part in (0, 1):
        pq.write_table(_table(part), tmp_path / f"{part}.parquet", row_group_size=700)
    return Dataset("data", files=tuple(sorted(tmp_path.glob("*.parquet"))))


@pytest.mark.parametrize("threads", [1, 4])
def test_a_scan_column_by_column_is_that_of_the_table(data, threads):
    edges = edges_of(scan(_table(7), ROLES, protected=["g"], favourable="1"))
    for stored in (None, edges):
        options = {"protected": ["g"], "favourable": "1", "edges": stored}
        columns = data.columns(threads=threads)
        assert isinstance(columns, Lazy)
        assert scan(columns, ROLES, **options) == scan(data.read(), ROLES, **options)


def test_only_what_is_asked_for_is_read_and_what_is_kept_once():
    asked = []

    def read(name):
        asked.append(name)
        return pa.chunked_array([pa.array([1, 2])])

    columns = Lazy("data", ["a", "b", "c"], 2, read, keep=["b"])
    assert [columns[name].to_pylist() for name in "abba"] == [[1, 2]] * 4
    assert asked == ["a", "b", "a"]


def test_a_column_with_other_rows_than_the_first_is_refused():
    columns = Lazy("data", ["a"], 3, lambda _name: pa.chunked_array([pa.array([1, 2])]), keep=())
    with pytest.raises(DataError, match="changed while it was read: 3 rows, then 2 of 'a'"):
        columns["a"]


def _rewrite(file, how):
    """In place, as a program that truncates and writes does; or by a new file under the old name."""
    other = _table(9, 50 if how == "other rows" else 4000)
    if how == "gone":
        file.unlink()
    elif how == "replaced":
        pq.write_table(other, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)
    else:
        pq.write_table(other.select(["x"]) if how == "other columns" else other, file)


@pytest.mark.parametrize("how", ["other rows", "same rows", "other columns", "replaced", "gone"])
def test_a_file_that_is_written_to_while_it_is_read_is_no_evidence(data, how, monkeypatch):
    read = Parquet.read

    def meddled(self, name):
        if name == "x":
            _rewrite(data.files[1], how)
        return read(self, name)

    monkeypatch.setattr(Dataset, "digest", lambda *_: "sha256:0")  # the stamps must notice, whatever is hashed
    assert profiles_of(data, None, COLUMNS).current.rows == 8000, "the control: nobody writes"
    monkeypatch.setattr(Parquet, "read", meddled)
    with pytest.raises(DataError, match=r"written to while it was read|cannot be read|no longer there"):
        profiles_of(data, None, COLUMNS)


def test_files_of_other_schemas_are_read_as_one_table(tmp_path):
    pq.write_table(_table(0), tmp_path / "0.parquet")
    pq.write_table(_table(1).append_column("more", pa.nulls(4000, pa.int64())), tmp_path / "1.parquet")
    data = Dataset("data", files=tuple(sorted(tmp_path.glob("*.parquet"))))
    assert isinstance(data.columns(), pa.Table)
    assert data.columns().num_rows == 8000


def test_texts_are_coded_as_they_were_read_and_counted_alike(tmp_path):
    texts = ["a", None, "b", "10", "9", "a"] * 500
    pq.write_table(pa.table({"x": texts, "y": list(range(3000))}), tmp_path / "0.parquet", row_group_size=700)
    data = Dataset("data", files=(tmp_path / "0.parquet",))
    lazily = data.columns()
    assert pa.types.is_dictionary(lazily["x"].type)
    roles = {"x": "feature", "y": "feature"}
    assert scan(lazily, roles) == scan(data.read(), roles)


def test_a_query_is_asked_once_where_the_model_answers(monkeypatch):
    asked = []
    monkeypatch.setattr(Query, "read", lambda self, _name: asked.append(self.sql) or _table(0).select(["x", "g", "y"]))
    data = Dataset("query", query=Query("SELECT 1", "sqlite://"))
    answer = profiles_of(data, None, {"target": "y"}, score=lambda rows: pa.table({"prediction": [1] * rows.num_rows}))
    assert asked == ["SELECT 1"]
    assert answer.current.columns["prediction"].values == {"1": 4000}
