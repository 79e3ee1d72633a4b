"""Whether a query is one SELECT that only reads.

The text is parsed in the database's own dialect; what cannot be parsed is refused. This is the first guard: the
second is a session that may only read (`data/warehouse/`).
"""

from __future__ import annotations

import fnmatch
import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("sqlite", "duckdb", "postgres", "redshift", "mysql", "trino", "bigquery", "snowflake", "spark", "databricks", "tsql", "oracle")
"""Dialects that a query can be reviewed in, by sqlglot's names."""

PLACEHOLDER = re.compile(r"\{(start|end)\}")
_STAND_IN = "modelops_bound_"

_EVERYWHERE = ("sleep", "benchmark", "nextval", "setval", "getenv")
_FORBIDDEN: dict[str, tuple[str, ...]] = {
    "sqlite": ("load_extension", "readfile", "writefile", "edit", "fsdir", "zipfile", "fts3_tokenizer", "pragma_*", "sqlite_dbpage",
               "lsmode", "csv"),
    "duckdb": ("read_*", "*_scan", "*_query", "*_attach", "*_execute", "glob", "sniff_csv", "parquet_*", "query", "query_table", "duckdb_*",
               "pragma_*", "st_read*", "which_secret", "write_*", "load_aws_credentials", "shellfs*", "http_*", "checkpoint", "force_checkpoint",
               "json_execute_serialized_sql", "from_substrait*", "set_config", "sql_auto_complete"),
    "postgres": ("pg_*", "lo_*", "loread", "lowrite", "dblink*", "query_to_*", "table_to_*", "schema_to_*", "database_to_*", "cursor_to_*",
                 "set_config", "current_setting", "inet_*", "txid_*", "plpy*", "http_*", "ts_stat", "crosstab*", "connectby", "aws_*",
                 "postgres_fdw_*", "copy_*", "currval", "lastval"),
    "mysql": ("load_file", "get_lock", "release_*lock*", "sys_exec", "sys_eval", "master_pos_wait", "updatexml", "extractvalue"),
    "trino": ("query", "raw_query", "procedure", "sequence_procedure", "execute"),
    "bigquery": ("external_query", "session_user", "remote_*"),
    "snowflake": ("system$*", "get_presigned_url", "build_*_url", "result_scan", "infer_schema", "to_file", "external_function*", "directory",
                  "get_ddl"),
    "spark": ("java_method", "reflect", "try_reflect", "read_files", "read_*", "http_request", "remote_query", "ai_*", "input_file_*", "secret",
              "try_secret", "list_secrets", "cloud_files*"),
    "tsql": ("openrowset", "opendatasource", "openquery", "openxml", "xp_*", "sp_*", "fn_*"),
    "oracle": ("utl_*", "dbms_*", "httpuritype", "bfilename", "sys_context", "xmltype", "ctx_*"),
}
_FORBIDDEN |= {"redshift": _FORBIDDEN["postgres"], "databricks": _FORBIDDEN["spark"]}
_FILE_FORMATS = ("parquet", "csv", "json", "jsonl", "orc", "text", "avro", "binaryfile", "delta", "iceberg")


def query_problem(sql: str, dialects: Iterable[str] = DIALECTS) -> str:
    """Why a query may not run; empty if it may.

    Args:
        dialects: of the database; several where it is not known yet, and then one of them has to take it.
    """
    told = []
    for dialect in dialects:
        why = _problem(sql, dialect)
        if not why:
            return ""
        told.append(why)
    if not told:
        return "its database has no dialect that queries are reviewed in"
    understood = [why for why in told if not why.startswith("it cannot be read as ")]
    return min(understood, key=len) if understood else told[0]


def _problem(sql: str, dialect: str) -> str:
    import sqlglot
    from sqlglot.errors import SqlglotError

    if "/*" in sql:
        return "a comment in /* */ is not permitted, since some databases run what stands in it; write -- instead"
    if re.search(r"""\bu&["']""", sql, re.IGNORECASE):
        return "a name or text with U& is not permitted, since it hides what it says"
    text = PLACEHOLDER.sub(rf" {_STAND_IN}\1 ", sql)
    log = logging.getLogger("sqlglot")
    level = log.level
    log.setLevel(logging.CRITICAL)  # what it does not know it hands back as a command, and that is refused below
    try:
        statements = [one for one in sqlglot.parse(text, dialect=dialect) if one is not None]
        tokens = sqlglot.tokenize(text, dialect=dialect)
    except (SqlglotError, RecursionError) as error:
        return f"it cannot be read as {dialect}: {_line(error)}"
    finally:
        log.setLevel(level)
    if len(statements) != 1:
        return f"it has {len(statements)} statements; expected a single SELECT"
    return _not_a_select(statements[0]) or _bad_call(tokens, dialect) or _bad_source(statements[0], dialect) or _loose(sql, statements[0])


def _line(error: Exception) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error).splitlines()[0])[:160]


def _not_a_select(statement: exp.Expr) -> str:
    from sqlglot import exp

    if not isinstance(statement, exp.Select | exp.SetOperation | exp.Subquery):
        return f"it is a {type(statement).__name__.upper()}; expected a single SELECT"
    writes = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Drop, exp.Alter, exp.TruncateTable, exp.Copy, exp.Attach, exp.Detach,
              exp.Pragma, exp.Set, exp.Use, exp.Transaction, exp.Commit, exp.Rollback)
    for node in statement.walk():
        # A SELECT is itself of the family of DDL, since CREATE TABLE AS takes one.
        if isinstance(node, writes) and not isinstance(node, exp.Query):
            return f"it has a part that is no reading: {type(node).__name__.upper()}; expected a single SELECT"
        if isinstance(node, exp.Parameter | exp.SessionParameter | exp.Placeholder):
            return "it has a parameter of its own; only {start} and {end} are bound"
    return ""


def _bad_call(tokens: list[Any], dialect: str) -> str:
    """A function by its name before a bracket, whatever the parser makes of it; in quotes and behind a schema or package too."""
    patterns = (*_EVERYWHERE, *_FORBIDDEN.get(dialect, ()))
    words = [token.text.lower() for token in tokens]
    for place in (at for at, word in enumerate(words) if word == "(" and at):
        first = place - 1
        while first > 1 and words[first - 1] == ".":
            first -= 2
        for called in words[place - 1 : first - 1 if first else None : -2]:
            if called != "pg_catalog" and any(fnmatch.fnmatchcase(called, pattern) for pattern in patterns):
                return f"it calls {called}, which reads or writes more than tables; expected tables and views only"
    return ""


def _bad_source(statement: exp.Expr, dialect: str) -> str:
    """A file or a stage that is read as a table."""
    from sqlglot import exp

    for table in statement.find_all(exp.Table):
        parts = [part.name if isinstance(part, exp.Expr) else str(part) for part in table.parts]
        if any(re.search(r"[/\\:*?@]", part) or part.lower().endswith(tuple(f".{one}" for one in (*_FILE_FORMATS, "gz", "db", "xlsx")))
               for part in parts):
            return f"it reads {'.'.join(parts)!r}, which looks like a file; expected tables and views only"
        if dialect in ("spark", "databricks") and len(parts) > 1 and parts[0].lower() in _FILE_FORMATS:
            return f"it reads a file as {parts[0]}; expected tables and views only"
    return ""


def _loose(sql: str, statement: exp.Expr) -> str:
    """Every placeholder must stand where a value stands: one inside a text, a name or a comment is bound to nothing."""
    from sqlglot import exp

    bound = sum(1 for one in statement.find_all(exp.Column) if one.name.startswith(_STAND_IN) and not one.this.quoted and not one.table)
    written = len(PLACEHOLDER.findall(sql))
    return "" if bound == written else "{start} and {end} are values; they may not stand inside quotes, names or comments"

