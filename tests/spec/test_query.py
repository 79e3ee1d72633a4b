"""A query is one SELECT that only reads, or it is refused with the reason."""

from __future__ import annotations

import pytest

from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.query import DIALECTS, query_problem
from modelops_airflow.spec.read import parse_model

GOOD = [
    ("sqlite", "SELECT * FROM scored WHERE day >= {start} AND day < {end}"),
    ("sqlite", "SELECT x FROM t;"),
    ("postgres", "WITH a AS (SELECT 1 AS x) SELECT x, count(*) FILTER (WHERE x > 1) FROM a GROUP BY 1 -- ours"),
    ("postgres", "SELECT a::text, 'it''s; fine -- {x}', $$;DROP TABLE t$$ FROM t"),
    ("postgres", "SELECT 1 UNION ALL (SELECT 2)"),
    ("postgres", "SELECT pg_catalog.lower(x), t.y FROM t"),
    ("duckdb", "FROM t SELECT x"),
    ("snowflake", "SELECT a:b::string FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1"),
    ("bigquery", "SELECT * EXCEPT (name) FROM `project.set.table`"),
    ("trino", "SELECT * FROM hive.scores.daily CROSS JOIN UNNEST(parts) AS u (part)"),
    ("spark", "SELECT x FROM lake.scored LATERAL VIEW explode(parts) AS part"),
    ("tsql", "SELECT TOP 5 [x] FROM [t]"),
]

BAD = [
    ("sqlite", "", "0 statements"),
    ("sqlite", "SELECT 1; SELECT 2", "2 statements"),
    ("sqlite", "SELECT 1; DROP TABLE t", "2 statements"),
    ("sqlite", "DROP TABLE t", "a DROP"),
    ("sqlite", "DELETE FROM t", "a DELETE"),
    ("sqlite", "PRAGMA writable_schema = 1", "a PRAGMA"),
    ("sqlite", "ATTACH 'x' AS y", "ATTACH"),
    ("sqlite", "SELECT load_extension('x')", "load_extension"),
    ("sqlite", "SELECT LOAD_EXTENSION ('x')", "load_extension"),
    ("sqlite", "SELECT * FROM pragma_table_info('t')", "pragma_table_info"),
    ("sqlite", "SELECT writefile('x', 'y')", "writefile"),
    ("sqlite", "SELECT /* ; */ 1", "comment"),
    ("sqlite", "SELECT '{start}' FROM t", "may not stand inside quotes"),
    ("sqlite", "SELECT 1 -- {start}", "may not stand inside quotes"),
    ("sqlite", 'SELECT "{start}" FROM t', "may not stand inside quotes"),
    ("sqlite", "SELECT :other", "parameter of its own"),
    ("sqlite", "SELECT ?", "parameter of its own"),
    ("sqlite", "SELEC 1", "cannot be read as sqlite"),
    ("sqlite", "(" * 2000 + "1" + ")" * 2000, "cannot be read as sqlite"),
    ("postgres", "SELECT * INTO copy FROM t", "INTO"),
    ("postgres", "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "DELETE"),
    ("postgres", "WITH new AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM new", "INSERT"),
    ("postgres", "SELECT * FROM t FOR UPDATE", "LOCK"),
    ("postgres", "SELECT pg_read_file('/etc/passwd')", "pg_read_file"),
    ("postgres", "SELECT pg_catalog.pg_read_file('/etc/passwd')", "pg_read_file"),
    ("postgres", "SELECT \"pg_read_file\"('/etc/passwd')", "pg_read_file"),
    ("postgres", 'SELECT U&"pg\\005fread_file"(1)', "U&"),
    ("postgres", "SELECT pg_sleep(100)", "pg_sleep"),
    ("postgres", "SELECT lo_export(1, '/tmp/x')", "lo_export"),
    ("postgres", "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)", "dblink"),
    ("postgres", "SELECT query_to_xml('DELETE FROM t', true, true, '')", "query_to_xml"),
    ("postgres", "SELECT set_config('transaction_read_only', 'off', true)", "set_config"),
    ("postgres", "SELECT nextval('s')", "nextval"),
    ("postgres", "COPY t TO PROGRAM 'sh'", "COPY"),
    ("postgres", "DO $$ BEGIN END $$", "COMMAND"),
    ("postgres", "CALL f()", "COMMAND"),
    ("postgres", "EXPLAIN ANALYZE SELECT 1", "COMMAND"),
    ("postgres", "SET ROLE admin", "expected a single SELECT"),
    ("postgres", "VALUES (1)", "VALUES"),
    ("duckdb", "SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
    ("duckdb", "SELECT * FROM read_parquet('s3://bucket/x')", "read_parquet"),
    ("duckdb", "SELECT * FROM '/etc/passwd'", "looks like a file"),
    ("duckdb", "SELECT * FROM 'data.parquet'", "looks like a file"),
    ("duckdb", "SELECT * FROM sqlite_scan('x.db', 't')", "sqlite_scan"),
    ("duckdb", "SELECT * FROM duckdb_secrets()", "duckdb_secrets"),
    ("duckdb", "SELECT getenv('HOME')", "getenv"),
    ("duckdb", "SELECT * FROM query('DROP TABLE t')", "query"),
    ("duckdb", "COPY (SELECT 1) TO 'x'", "COPY"),
    ("duckdb", "INSTALL httpfs", "INSTALL"),
    ("duckdb", "EXPORT DATABASE 'x'", "cannot be read as duckdb"),
    ("spark", "SELECT * FROM parquet.`/data/x`", "looks like a file"),
    ("spark", "SELECT * FROM csv.x", "reads a file as csv"),
    ("spark", "SELECT java_method('java.lang.System', 'exit', 0)", "java_method"),
    ("spark", "SELECT * FROM t TABLESAMPLE (1 ROWS); CREATE TABLE u AS SELECT 1", "2 statements"),
    ("snowflake", "SELECT $1 FROM @stage/file", "parameter of its own"),
    ("snowflake", "SELECT system$cancel_query('x')", "system$cancel_query"),
    ("bigquery", "SELECT * FROM EXTERNAL_QUERY('c', 'DELETE FROM t')", "external_query"),
    ("bigquery", "EXPORT DATA OPTIONS (uri = 'gs://x') AS SELECT 1", "expected a single SELECT"),
    ("trino", "SELECT * FROM TABLE(pg.system.query(query => 'DROP TABLE t'))", "query"),
    ("mysql", "SELECT LOAD_FILE('/etc/passwd')", "load_file"),
    ("mysql", "SELECT 1 INTO OUTFILE '/tmp/x'", "cannot be read as mysql"),
    ("tsql", "SELECT * FROM OPENROWSET('a', 'b', 'c')", "openrowset"),
    ("tsql", "EXEC xp_cmdshell 'dir'", "expected a single SELECT"),
    ("oracle", "SELECT utl_http.request('http://x') FROM dual", "utl_http"),
]


@pytest.mark.parametrize(("dialect", "sql"), GOOD)
def test_what_only_reads_may_run(dialect, sql):
    assert query_problem(sql, (dialect,)) == ""


@pytest.mark.parametrize(("dialect", "sql", "why"), BAD)
def test_what_does_more_is_refused(dialect, sql, why):
    assert why in query_problem(sql, (dialect,))


def test_every_dialect_refuses_what_changes_data():
    for dialect in DIALECTS:
        for sql in ("DROP TABLE t", "DELETE FROM t", "UPDATE t SET a = 1", "INSERT INTO t VALUES (1)", "CREATE TABLE u AS SELECT * FROM t",
                    "TRUNCATE TABLE t", "GRANT SELECT ON t TO p", "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE"):
            assert query_problem(sql, (dialect,)), (dialect, sql)
        assert query_problem("SELECT a FROM t WHERE b >= {start}", (dialect,)) == "", dialect


def test_where_no_dialect_is_known_nothing_may_run():
    assert "no dialect" in query_problem("SELECT 1", ())


MODEL = """\
modelops: 1
model: {{name: N, purpose: P, tier: 2, owner: o, kind: skops, version: "1", artifact: a.skops}}
data:
  current:
    connection: warehouse
    sql: {sql}
"""


def test_a_model_file_s_query_is_told_with_its_place():
    with pytest.raises(SpecError) as caught:
        parse_model(MODEL.format(sql="DELETE FROM scored"), "m.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, problem.column) == ("SPEC016", 6, 10)
    assert "a DELETE; expected a single SELECT" in problem.message


def test_a_model_file_may_be_written_in_any_dialect():
    for _, sql in GOOD:
        parse_model(MODEL.format(sql="|\n      " + sql.replace("\n", "\n      ")), "m.yaml")


def test_options_of_a_query_are_checked_in_place():
    text = MODEL.format(sql="SELECT 1") + "    push_down: true\n    max_rows: 10\n    timeout: PT5M\n"
    query = parse_model(text, "m.yaml").spec.data.current
    assert (query.push_down, query.max_rows, query.timeout) == (True, 10, "PT5M")
    for wrong in ("push_down: yes", "max_rows: 0", "timeout: 5 minutes", "pushdown: true"):
        with pytest.raises(SpecError) as caught:
            parse_model(MODEL.format(sql="SELECT 1") + f"    {wrong}\n", "m.yaml")
        assert caught.value.problems[0].line == 7
