"""Labels that arrive late: joined as pandas joins them, to rows that are old enough and to no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from late_world import AS_OF, COLUMNS, N, expected, late, stored, world
from modelops_airflow.checks import run_check
from modelops_airflow.checks.profiled_rows import read_all
from modelops_airflow.data.asked import Asked
from modelops_airflow.data.dataset import Dataset, Span
from modelops_airflow.data.duration import before
from modelops_airflow.data.late import Labels, LateDataset
from modelops_airflow.data.merge import merge
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.query import Query
from modelops_airflow.data.times import microseconds
from modelops_airflow.data.vintages import PERIODS, first_moment, vintages
from modelops_airflow.errors import DataError
from modelops_airflow.measurement import Measurement, Status


@pytest.mark.parametrize(("form", "files"), [("parquet", 1), ("parquet", 5), ("csv", 1), ("csv", 5)])
@pytest.mark.parametrize("texts", [False, True], ids=["numbers", "texts"])
def test_the_truth_is_that_of_a_merge_by_pandas(tmp_path: Path, form: str, files: int, texts: bool) -> None:
    rows, labels = world()
    if texts:
        rows["id"], labels["id"] = "a" + rows["id"].astype(str), "a" + labels["id"].astype(str)
    data = late(tmp_path, rows, labels, form=form, files=files)
    truth = expected(rows, labels)
    assert 0.2 < truth.notna().mean() < 0.6, "some are mature and some are not"

    read = data.read()["y"].to_pandas()
    some, names = data.read_columns(["y", "x"])
    columns = data.columns()
    for found in (read, some["y"].to_pandas(), columns["y"].to_pandas()):
        pd.testing.assert_series_equal(found.astype(float), truth.astype(float), check_names=False)
    assert some.column_names == ["x", "y"]
    assert set(names) == set(columns.column_names) == {*rows.columns, "y"}, "nothing else of the labels' file comes in"
    assert data.read_columns(["x"])[0].column_names == ["x"]

    maturity, mature = data.maturity(columns), rows["at"] <= pd.Timestamp("2025-03-31")
    there = rows["id"].isin(labels["id"])
    assert (maturity.rows, maturity.mature, maturity.undated) == (N, mature.sum(), rows["at"].isna().sum())
    assert (maturity.labelled, maturity.early, maturity.unused) == ((mature & there).sum(), (~mature & there).sum(), 50)
    assert (maturity.until, maturity.matured) == ("2026-03-31T00:00:00+00:00", "2025-03-31T00:00:00+00:00")


def test_labels_that_are_texts_or_missing_are_joined_too(tmp_path: Path) -> None:
    rows, labels = world()
    labels["y"] = labels["y"].map({0: "good", 1: "bad"}).where(np.arange(len(labels)) % 7 > 0)
    data = late(tmp_path, rows, labels)
    assert [one or None for one in data.read()["y"].to_pylist()] == [one if isinstance(one, str) else None for one in expected(rows, labels)]
    assert data.maturity(data.columns()).labelled == expected(rows, labels).notna().sum()


def test_a_window_is_joined_like_the_whole(tmp_path: Path) -> None:
    rows, labels = world()
    window = Span("at", datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC))
    data = late(tmp_path, rows, labels, files=3, span=window)
    inside = (rows["at"] >= "2025-01-01") & (rows["at"] < "2025-07-01")
    for found in (data.read()["y"], data.columns()["y"], data.read_columns(["y"])[0]["y"]):
        pd.testing.assert_series_equal(found.to_pandas().astype(float), expected(rows, labels)[inside].reset_index(drop=True).astype(float), check_names=False)


def test_without_a_time_of_the_run_the_newest_row_tells_it(tmp_path: Path) -> None:
    rows, labels = world()
    data = late(tmp_path, rows, labels, until=None)
    newest = rows["at"].max().to_pydatetime().replace(tzinfo=UTC)
    pd.testing.assert_series_equal(data.read()["y"].to_pandas().astype(float), expected(rows, labels, newest).astype(float), check_names=False)
    assert data.maturity(data.columns()).until == newest.isoformat()


def _profile(data: LateDataset) -> dict[str, Any]:
    asked = Asked(slices=("region",), vintages=("month", "year"))
    body: dict[str, Any] = profiles_of(data, None, COLUMNS, asked=asked).current.to_json()
    return body


def test_order_of_rows_and_number_of_files_change_no_number(tmp_path: Path) -> None:
    rows, labels = world()
    once = _profile(late(tmp_path / "one", rows, labels))
    assert _profile(late(tmp_path / "many", rows, labels, files=7)) == once
    assert _profile(late(tmp_path / "labels", rows, labels.sample(frac=1, random_state=9), files=2)) == once
    other = _profile(late(tmp_path / "rows", rows.sample(frac=1, random_state=9), labels))
    assert other["maturity"] == once["maturity"]
    assert [(one["label"], one["rows"], one["immature"], one["outcomes"]["confusion"]) for one in other["vintages"]["month"]["found"]] == [
        (one["label"], one["rows"], one["immature"], one["outcomes"]["confusion"]) for one in once["vintages"]["month"]["found"]]


def test_a_label_of_a_row_that_is_not_mature_changes_nothing(tmp_path: Path) -> None:
    rows, labels = world()
    young = set(rows["id"][~(rows["at"] <= "2025-03-31")])
    lied = labels.assign(y=labels["y"].where(~labels["id"].isin(young), 1 - labels["y"]))
    gone = labels[~labels["id"].isin(young)]

    once, lie, less = (_profile(late(tmp_path / name, rows, one)) for name, one in (("a", labels), ("b", lied), ("c", gone)))
    assert lie == once
    assert less["outcomes"] == once["outcomes"] and less["vintages"] == once["vintages"]
    assert once["maturity"]["early"] > 100 and less["maturity"]["early"] == 0

    control = {name: _profile(late(tmp_path / f"{name}-control", rows, one, matures_after="P0D")) for name, one in (("a", labels), ("b", lied))}
    assert control["a"]["outcomes"] != control["b"]["outcomes"], "the control: were they used, they would show"


def test_a_run_of_an_earlier_time_sees_what_a_run_at_that_time_saw(tmp_path: Path) -> None:
    rows, labels = world()
    then = datetime(2025, 9, 30, tzinfo=UTC)
    old = rows[rows["at"] <= pd.Timestamp("2024-09-30")]
    known_then = labels[labels["id"].isin(old["id"])]
    assert _profile(late(tmp_path / "now", rows, labels, until=then))["outcomes"] == _profile(late(tmp_path / "then", rows, known_then, until=then))["outcomes"]
    assert _profile(late(tmp_path / "later", rows, labels))["outcomes"] != _profile(late(tmp_path / "then", rows, known_then, until=then))["outcomes"]


def _one_row_often(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    key = labels["id"][labels["id"] >= 10_000].iloc[0]
    return rows.assign(id=rows["id"].where(np.arange(len(rows)) > 2, key))


NOTHING = pd.Series([pd.NaT] * 200).astype("datetime64[us]")
NOW: dict[str, Any] = {"until": None}
BROKEN: dict[str, tuple[Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]], dict[str, Any], str]] = {
    "twice in the labels": (lambda rows, labels: (rows, pd.concat([labels, labels.iloc[:3]])), {}, "labels labels have 3 rows too many: keys .id. that are there more than once; expected each key once"),
    "twice in the data": (lambda rows, labels: (_one_row_often(rows, labels), labels), {}, "1 labels are of several rows of data set rows by id, one of [34]; expected one row for each label"),
    "no key in both": (lambda rows, labels: (rows, labels.assign(id=labels["id"] + 1_000_000)), {}, "no id of data set rows is in the labels labels; write both in the same form"),
    "other type of key": (lambda rows, labels: (rows, labels.assign(id=labels["id"].astype(str))), {},
                          "id of data set rows holds int64 and that of the labels large_string; write both in the same form"),
    "fractions as keys": (lambda rows, labels: (rows, labels.assign(id=labels["id"] + 0.5)), {}, "id of the labels labels holds double; expected whole numbers or texts"),
    "keys too large": (lambda rows, labels: (rows, labels.assign(id=np.uint64(2**64 - 1))), {}, "id of the labels labels cannot be used as a key"),
    "label without key": (lambda rows, labels: (rows, labels.assign(id=labels["id"].astype("Int64").where(np.arange(len(labels)) > 0))), {}, "labels labels have 1 rows without id"),
    "no key in the labels": (lambda rows, labels: (rows, labels.rename(columns={"id": "number"})), {}, "labels labels have no column 'id' .the key.; columns: number, y"),
    "no truth in the labels": (lambda rows, labels: (rows, labels.rename(columns={"y": "outcome"})), {},
                               "labels labels have no column 'y' .the truth, data.columns.target.; columns: id, outcome"),
    "no key in the data": (lambda rows, labels: (rows.rename(columns={"id": "number"}), labels), {}, "data set rows has no column 'id' .key of the labels.; columns: number, at"),
    "no time in the data": (lambda rows, labels: (rows.drop(columns="at"), labels), {}, "data set rows has no column 'at' .time."),
    "truth in the data": (lambda rows, labels: (rows.assign(y=1), labels), {}, "data set rows has a column 'y' already"),
    "times as texts": (lambda rows, labels: (rows.assign(at=rows["at"].astype(str)), labels), {}, "column 'at' holds string; expected timestamps or dates"),
    "labels are dates": (lambda rows, labels: (rows, labels.assign(y=pd.Timestamp("2026-01-01"))), {}, "y of the labels labels holds timestamp.*; expected numbers, texts or true and false"),
    "no label at all": (lambda rows, labels: (rows, labels.iloc[:0]), {}, "data set labels has no rows"),
    "from the future": (lambda rows, labels: (rows.assign(at=rows["at"].where(rows.index != 5, pd.Timestamp("2999-01-01"))), labels), NOW,
                        "the newest at of data set rows is 2999-01-01 00:00:00, which is in the future"),
    "no time known": (lambda rows, labels: (rows.assign(at=NOTHING), labels), NOW, "column 'at' of data set rows has no time in 200 rows"),
    "no duration": (lambda rows, labels: (rows, labels), {"matures_after": "12 months"}, "'12 months' is no duration"),
}


@pytest.mark.parametrize("change", BROKEN)
def test_what_cannot_be_joined_is_an_error_that_says_what(tmp_path: Path, change: str) -> None:
    broken, options, told = BROKEN[change]
    with pytest.raises(DataError, match=told):
        profiles_of(late(tmp_path, *broken(*world(n=200)), **options), None, COLUMNS)


def test_where_nothing_is_mature_yet_the_data_is_profiled_all_the_same(tmp_path: Path) -> None:
    rows, labels = world(n=200)
    young = rows[rows["at"] > "2025-06-01"]
    profiles = profiles_of(late(tmp_path, young, labels[~labels["id"].isin(young["id"])]), None, COLUMNS)
    assert profiles.current.maturity is not None and (profiles.current.maturity.mature, profiles.current.due) == (0, 0)
    assert profiles.current.columns["y"].nulls == len(young)


def test_labels_are_an_input_of_their_own_and_no_feature(tmp_path: Path) -> None:
    rows, labels = world(n=300)
    data = late(tmp_path, rows, labels)
    seen: list[list[str]] = []

    def score(features: pa.Table) -> pa.Table:
        seen.append(features.column_names)
        return pa.table({"prediction": [1] * features.num_rows})

    own = rows.drop(columns=["score", "prediction"])
    profiles = profiles_of(late(tmp_path / "asked", own, labels), None, COLUMNS, score=score)
    assert seen == [["x", "region"]]
    assert "id" not in profiles.current.columns
    assert set(profiles.inputs) == {"current", "labels"} and profiles.inputs["labels"] == data.labels.source.digest()
    again = labels.assign(y=1 - labels["y"])
    assert profiles_of(late(tmp_path / "other", own, again), None, COLUMNS, score=score).inputs["labels"] != profiles.inputs["labels"]
    assert len(data.stamps()) == 2, "who writes into the labels meanwhile is noticed"


def test_profiles_with_late_labels_are_not_merged(tmp_path: Path) -> None:
    rows, labels = world(n=300)
    part = profiles_of(late(tmp_path, rows, labels), None, COLUMNS).current
    with pytest.raises(DataError, match="scan the parts as one data set"):
        merge([part, part])


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 3, 31), date(2026, 1, 1), date(2025, 12, 31)])
@pytest.mark.parametrize(("text", "offset"), [
    ("P1M", pd.DateOffset(months=1)), ("P12M", pd.DateOffset(months=12)), ("P1Y", pd.DateOffset(years=1)), ("P13M", pd.DateOffset(months=13)),
    ("P90D", pd.DateOffset(days=90)), ("P2W", pd.DateOffset(weeks=2)), ("P1Y2M3D", pd.DateOffset(years=1, months=2, days=3)), ("PT36H", pd.DateOffset(hours=36)), ("P0D", pd.DateOffset(days=0)),
])
def test_months_are_those_of_the_calendar(day: date, text: str, offset: pd.DateOffset) -> None:
    moment = datetime(day.year, day.month, day.day, 13, 5, tzinfo=UTC)
    assert before(moment, text) == (pd.Timestamp(moment) - offset).to_pydatetime()


@pytest.mark.parametrize("text", ["P9999Y", "12M", "P", "P1", "PT", "P-1D", "P12Mx", ""])
def test_what_is_no_duration_or_leaves_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        before(AS_OF, text)


@pytest.mark.parametrize("period", PERIODS)
def test_vintages_are_the_periods_of_pandas(tmp_path: Path, period: str) -> None:
    rows, labels = world()
    rows = rows.assign(at=rows["at"].where(rows.index % 100 > 0, pd.Timestamp("1969-12-31 23:00")))  # before 1970 too
    if period == "day":
        rows = rows[rows["at"] > "2025-12-01"]
    rows = rows.merge(labels[["id", "y"]], on="id", how="left")
    data = pa.Table.from_pandas(rows, preserve_index=False)
    profiles = profiles_of(Dataset("rows", files=stored(tmp_path, "rows", rows)), None, COLUMNS)
    found = vintages(data, profiles.roles, period, profiles.current.outcomes, None)
    frequency = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}[period]
    starts = rows["at"].dt.to_period(frequency).dt.start_time
    assert {first_moment(one.label): one.rows for one in found.found} == {
        None if pd.isna(start) else start.to_pydatetime().replace(tzinfo=UTC): len(part) for start, part in starts.groupby(starts, dropna=False)}
    ordered = [first_moment(one.label) for one in found.found if first_moment(one.label) is not None]
    assert ordered == sorted(ordered) and len(ordered) > 2


@pytest.mark.parametrize(("numbers", "kind"), [
    ([2**58 + 12345], pa.timestamp("s")), ([2**62], pa.timestamp("ms")), ([212_953_585], pa.date32()), ([86_400_000 * 10**11], pa.date64()),
])
def test_a_time_beyond_the_calendar_is_refused_and_wraps_into_no_other(numbers: list[int], kind: pa.DataType) -> None:
    """Multiplied into microseconds these are times of our years again."""
    raw = pa.py_buffer(np.array(numbers, np.int32 if kind == pa.date32() else np.int64))
    with pytest.raises(DataError, match="has times that no calendar holds"):
        microseconds(pa.chunked_array([pa.Array.from_buffers(kind, len(numbers), [None, raw])]), "at")


def test_rows_of_a_query_are_read_again_as_of_the_time_that_was_profiled(tmp_path: Path) -> None:
    """Else a row that came since would make others mature, and the evidence would name another time than its numbers have."""
    import duckdb

    file = tmp_path / "scored.db"
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute("CREATE TABLE scored (id INTEGER, \"at\" TIMESTAMP, prediction INTEGER)")
        warehouse.executemany("INSERT INTO scored VALUES (?, ?, ?)", [(n, (start + timedelta(days=n)).replace(tzinfo=None), n % 2) for n in range(400)])
    pq.write_table(pa.table({"id": range(400), "y": [0, 1] * 200}), tmp_path / "labels.parquet")
    source = Dataset("labels", files=(tmp_path / "labels.parquet",))
    query = Query("SELECT * FROM scored", f"duckdb:///{file}")
    data = LateDataset("rows", (), query, labels=Labels(source, "id", "y", "at", "P12M", None))
    profiles = profiles_of(data, None, COLUMNS)
    mature = profiles.current.maturity.mature
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute("UPDATE scored SET \"at\" = TIMESTAMP '2026-01-01' WHERE id = 399")

    again = read_all(profiles, data, "current")

    assert mature == 34
    assert len(again) - again["y"].null_count == mature
    assert len(data.read()) - data.read()["y"].null_count > mature, "the control"


def test_a_zone_is_respected_and_a_date_is_its_first_moment(tmp_path: Path) -> None:
    rows, labels = world(n=40)
    edge = datetime(2025, 3, 31, tzinfo=UTC)
    for at, mature in ((edge, True), (edge + timedelta(microseconds=1), False)):
        table = pa.table({"id": rows["id"], "at": pa.array([at] * 40, pa.timestamp("us", "America/New_York"))})
        data = late(tmp_path, table.to_pandas(), labels)
        assert data.maturity(data.columns()).mature == (40 if mature else 0)
    days = pa.table({"id": rows["id"], "at": pa.array([edge.date()] * 40)})
    pq.write_table(days, tmp_path / "days.parquet")
    data = LateDataset("days", (tmp_path / "days.parquet",), labels=data.labels)
    assert data.maturity(data.columns()).mature == 40


STRANGE = {
    "nan": pa.array([float("nan")] * 100), "infinite": pa.array([float("inf")] * 100), "null": pa.nulls(100), "null numbers": pa.nulls(100, pa.float64()),
    "null texts": pa.nulls(100, pa.string()), "lists": pa.array([[1]] * 100), "structs": pa.array([{"a": 1}] * 100), "bytes": pa.array([b"x"] * 100),
    "dates": pa.array([date(2020, 1, 1)] * 100), "durations": pa.array([timedelta(1)] * 100), "truths": pa.array([True, False] * 50),
    "dictionary": pa.array(["a", "b"] * 50).dictionary_encode(), "decimals": pa.array([Decimal("1.5")] * 100), "huge": pa.array([2**64 - 1] * 100, pa.uint64()),
    "half floats": pa.array(np.array([0, 1] * 50, np.float16)), "no row": None, "one row": pa.array([1]),
}


READABLE = {("half floats", "y"): (1.0, 1.0), ("one row", "id"): (0.0, 0.01), ("one row", "y"): (0.0, 0.01)}
"""Where there is something to measure: accuracy and labelled share, counted by hand."""


@pytest.mark.parametrize("where", ["id", "y"])
@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_column_of_labels_is_an_error_unless_it_says_which_truth_is_of_which_row(tmp_path: Path, strange: str, where: str) -> None:
    at = pa.array([AS_OF - timedelta(days=500)] * 100)
    rows = pa.table({"id": range(100), "at": at, "prediction": [0, 1] * 50})
    column = STRANGE[strange]
    whole = pa.table({"id": range(100), "y": [0, 1, 1, 0] * 25})
    labels = whole.slice(0, 0 if column is None else len(column))
    if column is not None:
        labels = labels.set_column(labels.column_names.index(where), where, column)
    for name, table in (("rows", rows), ("labels", labels)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    source = Dataset("labels", files=(tmp_path / "labels.parquet",))
    data = LateDataset("rows", (tmp_path / "rows.parquet",), labels=Labels(source, "id", "y", "at", "P12M", AS_OF))
    try:
        profiles = profiles_of(data, None, COLUMNS)
    except DataError as error:
        assert "labels" in str(error)
        return
    found = run_check("performance", profiles, {})
    if (strange, where) not in READABLE:
        assert found.status is Status.ERROR and found.notes
        return
    assert (by_name(found)["accuracy"], by_name(found)["labelled_share"]) == READABLE[strange, where]


def by_name(found: Measurement) -> dict[str, float]:
    return {row.name: row.value for row in found.metrics if row.value is not None}
