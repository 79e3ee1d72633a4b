"""Rows, identifiers, gaps and categories against the baseline."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import by_where

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.measurement import Status

OLD = {"id": [1, 2, 3, 4, 5, 6, 7, 8], "city": ["a", "b"] * 4, "age": [1.0] * 8}
NEW = {"id": [5, 6, 7, 8, 9, 9, None], "city": ["a", "a", "c", None, "a", "a", "a"], "age": [1.0, None, float("inf"), 1.0, 1.0, 1.0, 1.0]}


def _volumetrics(folder, new, old, options=None):
    sides = []
    for name, table in (("current", new), ("baseline", old)):
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
        sides.append(Dataset(name, files=(folder / f"{name}.parquet",)))
    context = CheckContext(dataset=sides[0], baseline=sides[1])
    return run_check("volumetrics", profiles_of(*sides, {"ignore": ["id"]}), options or {}, context=context)


def test_everything_that_came_and_went_is_counted(tmp_path):
    rows = _volumetrics(tmp_path, NEW, OLD, {"key": "id"}).metrics
    whole = {row.name: row.value for row in rows if not row.where}
    assert whole == {
        "row_ratio": 7 / 8, "missing_columns": 0.0, "new_columns": 0.0, "key_missing_share": 1 / 7, "duplicate_share": 1 / 6,
        "identifiers_new_share": 1 / 5, "identifiers_gone_share": 4 / 8,
    }
    city = {row.name: (row.value, row.reason) for row in rows if row.where == {"column": "city"}}
    assert city == {"kind_changed": (0.0, None), "null_share_change": (1 / 7, None), "unseen_share": (1 / 6, "1 of fewer than 10 rows"),
                    "lost_categories": (1.0, "1 of fewer than 10 rows")}
    assert by_where(rows, "null_share_change", column="age").value == pytest.approx(2 / 7)


def test_labels_that_came_and_went_are_named_from_ten_rows_on(tmp_path):
    old = {"city": ["a"] * 50 + ["b"] * 10 + ["one person's"]}
    new = {"city": ["a"] * 50 + ["c"] * 10 + ["d"] * 9 + ["e"]}
    rows = _volumetrics(tmp_path, new, old).metrics
    assert by_where(rows, "unseen_share", column="city").reason == "c, 2 of fewer than 10 rows"
    assert by_where(rows, "lost_categories", column="city").reason == "b, 1 of fewer than 10 rows"


def test_the_same_data_again_has_changed_in_nothing(tmp_path):
    rows = _volumetrics(tmp_path, OLD, OLD, {"key": "id"}).metrics
    assert {row.name: row.value for row in rows if row.value} == {"row_ratio": 1.0}


def test_a_column_that_went_and_one_that_came_are_named(tmp_path):
    rows = _volumetrics(tmp_path, {"id": [1], "town": ["a"], "age": [1.0]}, OLD).metrics
    assert (by_where(rows, "missing_columns").value, by_where(rows, "missing_columns").reason) == (1.0, "city")
    assert (by_where(rows, "new_columns").value, by_where(rows, "new_columns").reason) == (1.0, "town")
    assert not any(row.name.startswith("identifiers") for row in rows), "without a key nothing is said of identifiers"


@pytest.mark.parametrize(("ids", "says"), [
    (pa.array(["x"] * 7), None), (pa.array([{"a": 1}] * 7), "key 'id' holds"), (pa.nulls(7, pa.int64()), "missing in every row of the current data"),
    (pa.array(["5", "6", "7", "8", "9", "9", "9"]).dictionary_encode(), None),
])
def test_keys_of_another_type_are_compared_or_refused(tmp_path, ids, says):
    measured = _volumetrics(tmp_path, {**NEW, "id": ids}, OLD, {"key": "id"})
    if says:
        assert measured.status is Status.ERROR and says in measured.notes[0]
    else:
        gone = by_where(measured.metrics, "identifiers_gone_share").value
        assert gone == (1.0 if ids[0].as_py() == "x" else 0.5)


def test_a_key_that_is_no_single_value_is_refused_on_both_sides(tmp_path):
    rows = {"id": pa.array([{"a": 1}] * 7), "city": ["a"] * 7}
    assert "cannot be compared" in _volumetrics(tmp_path, rows, rows, {"key": "id"}).notes[0]


def test_what_cannot_be_counted_has_a_reason(tmp_path):
    many = {"city": [f"c{number}" for number in range(1500)]}
    few = {"city": ["a"] * 1500}
    for new, old, reason in ((many, few, "too many"), ({"city": [1.5]}, few, "categorical became numeric"),
                             ({"city": pa.nulls(3, pa.string())}, few, "no usable value")):
        assert reason in by_where(_volumetrics(tmp_path, new, old).metrics, "unseen_share", column="city").reason


@pytest.mark.parametrize(("age", "told"), [
    (pa.array(["1", "2", "3"]), (1.0, "numeric became categorical")), (pa.array([0, 1, 2], pa.timestamp("s")), (1.0, "numeric became time")),
    (pa.array([1, 2, 3], pa.int8()), (0.0, None)), (pa.nulls(3, pa.float64()), (0.0, None)),
    (pa.nulls(3, pa.string()), (None, "the current data has no usable value")),
])
def test_a_column_that_became_one_of_another_kind_is_seen(tmp_path, age, told):
    row = by_where(_volumetrics(tmp_path, {"age": age}, {"age": [1.0] * 8}).metrics, "kind_changed", column="age")
    assert (row.value, row.reason) == told


def test_no_baseline_no_key_and_changed_rows_are_errors(tmp_path):
    assert "has no column 'zebra'" in _volumetrics(tmp_path, NEW, OLD, {"key": "zebra"}).notes[0]
    now = Dataset("current", files=(tmp_path / "current.parquet",))
    assert "no baseline" in run_check("volumetrics", profiles_of(now, None, {}), {}).notes[0]
    assert "cannot be read" in run_check("volumetrics", profiles_of(now, now, {}), {"key": "id"}).notes[0]
