"""DuckDB, opened for reading only and without files or extensions to reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...errors import DataError
from .session import Answer, Session, stopped_after, told
from .statement import Statement

if TYPE_CHECKING:
    import duckdb

_SETTINGS = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class _Duck:
    """A connection of DuckDB's, in one transaction from first to last."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str, timeout: timedelta, errors: type[Exception]) -> None:
        self._connection, self._name, self._timeout, self._errors = connection, name, timeout, errors

    def answer(self, statement: Statement, values: Mapping[str, datetime], size: int) -> Answer:
        """Run a statement."""
        bound = {name: values[name] for name in statement.bounds}
        cursor = self._connection
        with self._watched(), told(self._name, self._errors):
            cursor.execute(statement.text(lambda name: f"${name}"), bound or None)
            described = cursor.description or []

        def batches() -> Iterator[list[tuple[Any, ...]]]:
            while True:
                with self._watched(), told(self._name, self._errors):
                    rows = cursor.fetchmany(size)
                if not rows:
                    return
                yield rows

        return Answer(tuple(one[0] for one in described), tuple(str(one[1]).lower() for one in described), batches())

    def _watched(self) -> Any:
        return stopped_after(self._timeout, self._connection.interrupt, self._name)


@contextmanager
def duckdb_session(url: str, name: str, timeout: timedelta) -> Iterator[Session]:
    """A session on the file of `duckdb:///path`."""
    try:
        import duckdb
    except ImportError:
        raise DataError(f"query of {name} needs DuckDB; install modelops-airflow[warehouse]") from None

    path = unquote(url.partition("://")[2].partition("?")[0]).removeprefix("/")
    if not path:
        raise DataError(f"query of {name} failed: expected duckdb:///path of a database's file")
    with told(name, duckdb.Error):
        connection = duckdb.connect(path, read_only=True, config=dict(_SETTINGS))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield _Duck(connection, name, timeout, duckdb.Error)
    finally:
        connection.close()
