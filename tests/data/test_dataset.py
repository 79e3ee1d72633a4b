"""Data sets: files, folders, patterns, queries, windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from modelops_airflow.data.dataset import Span, files_of, open_dataset
from modelops_airflow.data.duration import duration
from modelops_airflow.errors import DataError
from modelops_airflow.spec.project import Project

START, END = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)


def _none(name):
    raise AssertionError(name)


@pytest.fixture
def project(tmp_path):
    """A project with two daily partitions and one CSV."""
    folder = tmp_path / "days"
    folder.mkdir()
    for day in (1, 2):
        times = pa.array([datetime(2026, 1, day, hour) for hour in range(24)], pa.timestamp("us"))
        pq.write_table(pa.table({"t": times, "x": list(range(24))}), folder / f"day-{day}.parquet")
    (tmp_path / "one.csv").write_text("x,y\n1,a\n2,b\n")
    (tmp_path / "odd.xlsx").write_text("no")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.parquet").write_text("no parquet")
    return Project(tmp_path)


def _open(project, source, **more):
    return open_dataset(source, resolve=project.resolve, connections=_none, **more)


@pytest.mark.parametrize(("source", "rows"), [("days", 48), ("days/*.parquet", 48), ("days/day-1.parquet", 24), ("one.csv", 2)])
def test_file_folder_and_pattern_are_read(project, source, rows):
    assert _open(project, source).read().num_rows == rows


@pytest.mark.parametrize("source", ["absent.parquet", "odd.xlsx", "empty", "../x.parquet", "/etc/passwd", "d*ys/*.parquet"])
def test_what_is_no_data_set_is_refused(project, source):
    with pytest.raises(DataError):
        _open(project, source)


@pytest.mark.parametrize("source", ["days", "days/*"])
def test_folders_within_a_folder_are_refused_and_not_passed_over(project, source):
    (project.root / "days" / "year=2026").mkdir()
    with pytest.raises(DataError, match=r"has folders within it \(year=2026\), which are not read"):
        _open(project, source)
    assert _open(project, "days/*.parquet").read().num_rows == 48


def test_hidden_folders_are_no_part_of_the_data(project):
    for name in (".cache", "_delta_log"):
        (project.root / "days" / name).mkdir()
    assert _open(project, "days").read().num_rows == 48


@pytest.mark.parametrize("source", ["s3://bucket/days", "memory://days", "file:///etc/passwd"])
def test_a_url_is_refused_with_what_is_read(project, source):
    with pytest.raises(DataError, match="is a URL; expected a file, folder or pattern below the project root"):
        _open(project, source)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_window_is_the_same_part_by_part(project, threads):
    span = Span("t", START, END)
    data = _open(project, "days", span=span)
    columns = data.columns(threads=threads)
    assert columns.num_rows == 24
    assert columns["x"].to_pylist() == data.read(threads=threads)["x"].to_pylist()
    with pytest.raises(DataError, match="no time column 'when'"):
        _open(project, "days", span=Span("when", START, END)).columns()
    with pytest.raises(DataError, match="no rows in the window"):
        _open(project, "days", span=Span("t", END, END)).columns()


def test_csv_files_have_the_names_and_types_of_the_first(project):
    folder = project.root / "texts"
    folder.mkdir()
    (folder / "a.csv").write_text("x,y\n1,a\n")
    (folder / "b.csv").write_text("y,x,z\n7,2,9\n")
    assert _open(project, "texts").read().to_pylist() == [{"x": 1, "y": "a"}, {"x": 2, "y": "7"}]
    (folder / "c.csv").write_text("x,y\nno number,b\n")
    with pytest.raises(DataError, match="cannot be read as csv"):
        _open(project, "texts").read()


def test_only_the_columns_asked_for_are_read_and_every_name_is_told(project):
    table, names = _open(project, "one.csv").read_columns({"y", "zebra"})
    assert (table.column_names, names, table.num_rows) == (["y"], ("x", "y"), 2)
    nothing, names = _open(project, "one.csv").read_columns(set())
    assert (nothing.column_names, names, nothing.num_rows) == ([], ("x", "y"), 2)
    assert _open(project, "one.csv").read().column_names == ["x", "y"], "the control: all of them are there"


def test_the_time_of_a_window_narrows_rows_also_where_it_is_not_asked_for(project):
    span = Span("t", START, END)
    table, _ = _open(project, "days", span=span).read_columns({"x"})
    assert (table.column_names, table.num_rows) == (["x"], 24)
    assert _open(project, "days").read_columns({"x"})[0].num_rows == 48
    with pytest.raises(DataError, match="no rows in the window"):
        _open(project, "days", span=Span("t", END, END)).read_columns({"x"})


def test_some_columns_of_a_query_are_those_it_gives(warehouse):
    table, names = _query("SELECT * FROM s", warehouse).read_columns({"x"})
    assert table.column_names == ["x"] and set(names) > {"x"}
    assert table.equals(_query("SELECT * FROM s", warehouse).read().select(["x"]))


def test_an_unreadable_file_is_one_line(project):
    with pytest.raises(DataError, match="cannot be read as parquet") as caught:
        _open(project, "broken.parquet").read()
    assert "\n" not in str(caught.value)


def test_a_digest_changes_with_one_byte(project):
    before = _open(project, "days").digest()
    assert _open(project, "days").digest() == before
    (project.root / "days" / "day-1.parquet").write_bytes(b"other")
    assert _open(project, "days").digest() != before


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_a_window_keeps_its_start_and_leaves_its_end(project, zone):
    times = [START - timedelta(seconds=1), START, END - timedelta(seconds=1), END]
    column = pa.array([t.replace(tzinfo=None) for t in times] if zone is None else times, pa.timestamp("us", zone))
    pq.write_table(pa.table({"t": column, "x": [0, 1, 2, 3]}), project.root / "w.parquet")
    table = _open(project, "w.parquet", span=Span("t", START, END)).read()
    assert table["x"].to_pylist() == [1, 2]


def test_an_empty_window_is_an_error(project):
    later = Span("t", END + timedelta(days=9), END + timedelta(days=10))
    with pytest.raises(DataError, match="no rows in the window"):
        _open(project, "days", span=later).read()
    with pytest.raises(DataError, match="no time column 'when'"):
        _open(project, "days", span=Span("when", START, END)).read()


@pytest.fixture
def warehouse(tmp_path):
    """A SQLite file with 120,000 rows; gives its URL."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE s (x INTEGER, y REAL, day TEXT)"))
        connection.execute(text("INSERT INTO s VALUES (:x, :y, :day)"), [
            {"x": n, "y": None if n < 60_000 else n / 2, "day": f"2026-01-0{1 + n % 3} 00:00:00.000000"} for n in range(120_000)
        ])
    engine.dispose()
    return url


def _query(sql, url, interval=None):
    return open_dataset({"sql": sql, "connection": "w"}, resolve=_none, connections=lambda _name: url, interval=interval)


def test_a_query_is_read_in_batches_in_order(warehouse):
    table = _query("SELECT x, y FROM s ORDER BY x", warehouse).read()
    assert table["x"].to_pylist() == list(range(120_000))
    assert table["y"].null_count == 60_000
    assert table.schema.field("y").type == pa.float64()


def test_the_interval_is_bound_and_never_pasted(warehouse):
    naive = (START.replace(tzinfo=None), END.replace(tzinfo=None))
    table = _query("SELECT x FROM s WHERE day >= {start} AND day < {end}", warehouse, naive).read()
    assert table.num_rows == 40_000
    with pytest.raises(DataError, match="may not stand inside quotes"):
        _query("SELECT x FROM s WHERE day >= '{start}'", warehouse, naive).read()


@pytest.mark.parametrize("sql", ["DROP TABLE s", "SELECT 1; DROP TABLE s", "SELECT * FROM s WHERE day > {start}", "SELECT * FROM zebra",
                                 "SELECT x, x FROM s"])
def test_a_bad_query_is_refused(warehouse, sql):
    with pytest.raises(DataError):
        _query(sql, warehouse).read()


def test_more_rows_than_are_fetched_are_an_error(warehouse):
    def capped(most):
        return open_dataset({"sql": "SELECT x FROM s", "connection": "w", "max_rows": most}, resolve=_none, connections=lambda _name: warehouse)

    assert capped(120_000).read().num_rows == 120_000
    with pytest.raises(DataError, match="more than 119999 rows; narrow it, or raise its max_rows"):
        capped(119_999).read()


@pytest.mark.parametrize(("option", "value"), [("push_down", "yes"), ("push_down", 1), ("max_rows", 0), ("max_rows", True), ("max_rows", 1.5),
                                               ("timeout", "PT0S"), ("pushdown", True)])
def test_an_option_of_a_query_that_is_none_is_told(warehouse, option, value):
    with pytest.raises(DataError, match=option):
        open_dataset({"sql": "SELECT 1", "connection": "w", option: value}, resolve=_none, connections=lambda _name: warehouse)


@pytest.mark.parametrize(("text_", "days"), [("P1D", 1), ("P2W", 14), ("P1Y", 365), ("PT36H", 1.5), ("P12M", 360)])
def test_durations(text_, days):
    assert duration(text_) == timedelta(days=days)


def test_a_pattern_that_is_none_is_told(tmp_path):
    with pytest.raises(DataError, match=r"is no pattern|is not there"):
        files_of("a**b{% x %}", tmp_path.joinpath)
