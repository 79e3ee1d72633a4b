"""Columns read one at a time are the table's, and a file that changes meanwhile is no evidence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.data.columns import PART, Lazy, parts
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


def test_only_what_is_asked_for_is_read():
    asked = []

    def read(names):
        asked.append(list(names))
        return [pa.table({name: [1] for name in names}), pa.table({name: [2] for name in names})]

    columns = Lazy("data", pa.schema(dict.fromkeys("abc", pa.int64())), 2, read)
    assert [columns[name].to_pylist() for name in "ab"] == [[1, 2]] * 2
    assert [part.column_names for part in parts(columns, ["c", "a"])] == [["c", "a"]] * 2
    assert asked == [["a"], ["b"], ["c", "a"]]


@pytest.mark.parametrize("came", [1, 3])
def test_columns_with_other_rows_than_were_counted_are_refused(came):
    columns = Lazy("data", pa.schema({"a": pa.int64()}), 2, lambda names: [pa.table({name: [1] for name in names})] * came)
    with pytest.raises(DataError, match=f"changed while it was read: 2 rows, then {came} of a"):
        columns["a"]


@pytest.mark.parametrize("chunked", [True, False])
def test_a_table_in_memory_is_cut_into_parts_of_all_rows_in_order(chunked):
    rows = 2 * PART + 5
    table = pa.table({"a": pa.chunked_array([range(7), range(7, rows)]) if chunked else pa.array(range(rows)), "b": [0] * rows})
    cut = list(parts(table, ["a"]))
    assert [part.num_rows for part in cut] == [PART, PART, 5]
    assert pa.concat_tables(cut).equals(table.select(["a"]))


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
    read = Parquet.parts

    def meddled(self, names):
        if "x" in names:
            _rewrite(data.files[1], how)
        return read(self, names)

    monkeypatch.setattr(Dataset, "digest", lambda *_: "sha256:0")  # the stamps must notice, whatever is hashed
    assert profiles_of(data, None, COLUMNS).current.rows == 8000, "the control: nobody writes"
    monkeypatch.setattr(Parquet, "parts", meddled)
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
