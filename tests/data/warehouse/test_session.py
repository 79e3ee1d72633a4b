"""A session may only read, whatever it is told, and ends what takes too long."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from data.warehouse.compare import source
from data.warehouse.engines import rows_of
from data.warehouse.warehouse_rows import world
from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.query import Query
from modelops_airflow.data.warehouse.rows import Rows
from modelops_airflow.data.warehouse.session import dialect_of, opened
from modelops_airflow.data.warehouse.statement import Statement, around, whole
from modelops_airflow.errors import DataError

LONG, SHORT = timedelta(minutes=1), timedelta(seconds=0.3)

# What each engine would count for hours.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n",
    "duckdb": "SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3",
    "postgres": "SELECT count(*) AS n FROM generate_series(1, 10000000) a, generate_series(1, 10000) b WHERE a * b % 7 = 3",
}


def _run(engine, sql, timeout=LONG):
    with opened(engine.url, "w", timeout) as session:
        return [row for batch in session.answer(Statement(sql), {}, 10).batches for row in batch]


@pytest.mark.parametrize("sql", ["INSERT INTO t VALUES (9)", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (x INTEGER)", "UPDATE t SET v = 9"])
def test_what_writes_is_refused_by_the_engine_too(engine, sql):
    engine.put("t", pa.table({"v": [1.0, 2.0]}))
    with pytest.raises(DataError, match="query of w failed"):
        _run(engine, sql)
    assert _run(engine, "SELECT v FROM t ORDER BY v") == [(1.0,), (2.0,)]


def test_without_the_session_the_same_statement_writes(engine):
    """The control: the tables themselves may be written."""
    engine.put("t", pa.table({"v": [1.0]}))
    if engine.name == "duckdb":
        import duckdb

        connection = duckdb.connect(engine.url.removeprefix("duckdb:///"))
        connection.execute("INSERT INTO t VALUES (9)")
        connection.close()
    else:
        database = create_engine(engine.url)
        with database.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (9)"))
        database.dispose()
    assert len(_run(engine, "SELECT * FROM t")) == 2


def test_duckdb_reaches_no_file(duckdb_engine, tmp_path):
    duckdb_engine.put("t", pa.table({"v": [1.0]}))
    (tmp_path / "x.csv").write_text("a\n1\n")
    for sql in (f"SELECT * FROM read_csv('{tmp_path}/x.csv')", f"SELECT * FROM '{tmp_path}/x.csv'", f"ATTACH '{tmp_path}/other.db'", "INSTALL httpfs"):
        with pytest.raises(DataError, match="query of w failed"):
            _run(duckdb_engine, sql)


def test_a_query_that_takes_too_long_is_ended(engine):
    engine.put("t", pa.table({"v": [1.0]}))
    with pytest.raises(DataError, match=r"took longer than 0\.3 s|statement timeout"):
        _run(engine, ENDLESS[engine.name], SHORT)
    assert _run(engine, "SELECT v FROM t", SHORT) == [(1.0,)], "the control: what is quick is answered"


@pytest.mark.parametrize("engine", ["sqlite", "postgres"], indirect=True)  # nobody writes into a DuckDB file that is open
def test_all_queries_of_a_session_see_the_same_rows(engine):
    engine.put("t", pa.table({"v": [1.0, 2.0]}))
    database = create_engine(engine.url) if engine.name == "postgres" else None
    if database is None:
        sqlite3.connect(engine.url.removeprefix("sqlite:///")).execute("PRAGMA journal_mode = WAL").close()
    with opened(engine.url, "w", LONG) as session:
        rows = Rows(session, "SELECT * FROM t", {}, "w")
        assert rows.count == 2
        other = database or create_engine(engine.url)
        with other.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (3.0)"))
        other.dispose()
        assert int(rows.one({"n": rows.table.v.nunique()})["n"]) == 2
    assert len(_run(engine, "SELECT * FROM t")) == 3, "the control: the row was written"


def test_rows_that_change_meanwhile_are_told_where_an_engine_shows_them(duckdb_engine):
    duckdb_engine.put("t", pa.table({"v": [1.0, 2.0]}))
    with opened(duckdb_engine.url, "w", LONG) as session:
        rows = Rows(session, "SELECT * FROM t", {}, "w")
        assert rows.count == 2
        rows.query = "SELECT * FROM t UNION ALL SELECT * FROM t"  # as another state of the same query would be
        with pytest.raises(DataError, match="changed while it was counted: 2 rows, then 4"):
            rows.one({"n": rows.table.v.nunique()})


def test_start_and_end_are_bound(engine):
    engine.put("t", world(0, 200).select(["moment", "x"]))
    start, end = datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC)
    inside = [one for one, _ in rows_of(world(0, 200).select(["moment", "x"])) if start <= one.replace(tzinfo=UTC) < end]
    assert 0 < len(inside) < 200
    sql = "SELECT * FROM t WHERE moment >= {start} AND moment < {end}"
    whole_of = open_dataset({"sql": sql, "connection": "w", "push_down": True}, resolve=None, connections=lambda _name: engine.url, interval=(start, end))
    assert profiles_of(whole_of, None, {}).current.rows == len(inside)
    assert whole_of.read().num_rows == len(inside)
    without = open_dataset({"sql": sql, "connection": "w", "push_down": True}, resolve=None, connections=lambda _name: engine.url)
    with pytest.raises(DataError, match=r"needs \{end\}, and this run has no data interval"):
        profiles_of(without, None, {})


def test_a_query_is_reviewed_again_when_it_runs(engine):
    engine.put("t", pa.table({"v": [1.0]}))
    for push_down in (True, False):
        query = Query("DELETE FROM t", engine.url, push_down=push_down)
        with pytest.raises(DataError, match="may not run: it is a DELETE"), query.rows("w") as rows:
            rows.count  # noqa: B018 - asking is the point
        with pytest.raises(DataError, match="may not run: it is a DELETE"):
            query.read("w")
    assert _run(engine, "SELECT v FROM t") == [(1.0,)]


def test_a_query_written_for_another_database_is_refused_by_this_one(duckdb_engine):
    duckdb_engine.put("t", pa.table({"v": [1.0]}))
    with pytest.raises(DataError, match="reads '/etc/passwd', which looks like a file"):
        Query("SELECT * FROM '/etc/passwd'", duckdb_engine.url).read("w")


def test_two_columns_of_one_name_are_told(engine):
    engine.put("t", pa.table({"v": [1.0], "w": [1.0]}))
    # SQLite and DuckDB give a second one a name of its own, once it is inside another query.
    for push_down in (True, False) if engine.name == "postgres" else (False,):
        data = open_dataset({"sql": "SELECT v, w AS v FROM t", "connection": "w", "push_down": push_down}, resolve=None,
                            connections=lambda _name: engine.url)
        with pytest.raises(DataError, match="two columns of one name"):
            profiles_of(data, None, {})


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path):
    query = Query("SELECT 1 AS x", f"sqlite:///{tmp_path}/absent.db")
    with pytest.raises(DataError, match=r"there is no database absent\.db"):
        query.read("w")
    assert not (tmp_path / "absent.db").exists()


def test_only_databases_with_a_dialect_are_asked():
    assert dialect_of("postgres://host/db") == dialect_of("postgresql+psycopg://host/db") == "postgres"
    with pytest.raises(DataError, match="'informix' has no dialect that queries are reviewed in"):
        dialect_of("informix://host/db")


def test_a_database_that_counting_is_not_compiled_to_is_told(tmp_path):
    with pytest.raises(DataError, match="push_down is not there for mysql"):
        around("SELECT 1", _count(), "mysql", "")


def test_only_the_query_s_own_placeholders_are_bound_and_the_tag_is_a_comment():
    import ibis

    table = ibis.table({"c": "string"}, name="modelops_rows")
    statement = around("SELECT c FROM t WHERE d >= {start};", table.filter(table.c == "{end}").count().as_table(), "sqlite", "model=a run=*/ DROP")
    written = statement.text(lambda name: f":{name}")
    assert statement.bounds == {"start"}
    assert written.startswith('/* modelops model=a run=__ DROP */ WITH "modelops_rows" AS (\nSELECT c FROM t WHERE d >= :start\n) SELECT')
    assert "'{end}'" in written
    assert whole("SELECT 1", "").text(str) == "SELECT 1"


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)  # which tells what it runs
def test_the_database_s_log_shows_the_model_and_the_run(engine):
    engine.put("t", pa.table({"v": [1.0]}))
    mine = "SELECT statement FROM pg_cursors"
    with opened(engine.url, "w", LONG) as session:
        (row,) = [one for batch in session.answer(whole(mine, "model=credit run=r1"), {}, 10).batches for one in batch]
    assert "/* modelops model=credit run=r1 */" in row[0]


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_airflow_s_own_form_of_a_postgres_url_is_understood(engine):
    engine.put("t", pa.table({"v": [1.0]}))
    assert Query("SELECT v FROM t", engine.url.replace("postgresql+psycopg", "postgres")).read("w").num_rows == 1


def test_sqlite_s_mixed_column_is_told(tmp_path):
    connection = sqlite3.connect(tmp_path / "m.db")
    connection.execute("CREATE TABLE t (v)")
    connection.executemany("INSERT INTO t VALUES (?)", [(1,), ("one",)])
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="column 'v' cannot be described: it has numbers and texts"), \
            Query("SELECT v FROM t", f"sqlite:///{tmp_path}/m.db").rows("w") as rows:
        rows.column_names  # noqa: B018 - asking is the point


def test_a_type_that_is_none_of_ours_is_told_unless_it_is_ignored(duckdb_engine):
    duckdb_engine.put("t", pa.table({"v": [1.0], "parts": [[1, 2]]}))
    with pytest.raises(DataError, match="column 'parts' cannot be described: its type is neither number, category nor time"):
        profiles_of(source(duckdb_engine, "t"), None, {})
    assert list(profiles_of(source(duckdb_engine, "t"), None, {"ignore": ["parts"]}).current.columns) == ["v"]


def _count():
    import ibis

    return ibis.table({"a": "int64"}, name="modelops_rows").count().as_table()
