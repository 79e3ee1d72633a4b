"""Databases that SQLAlchemy has a driver for, in a transaction that may only read where they have one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from ...errors import DataError
from .session import Answer, Session, stopped_after, told
from .statement import Statement

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_MILLISECONDS = 1000
_FAILURES = (SQLAlchemyError, ImportError)


class _Alchemy:
    """A connection of SQLAlchemy's, in one transaction from first to last."""

    def __init__(self, connection: Connection, dialect: str, name: str, timeout: timedelta) -> None:
        self.dialect, self._connection, self._name, self._timeout = dialect, connection, name, timeout

    def answer(self, statement: Statement, values: Mapping[str, datetime], size: int) -> Answer:
        """Run a statement."""
        written = text(statement.text(lambda name: f":{name}", lambda part: part.replace(":", "\\:")))
        bound: dict[str, Any] = {name: values[name] for name in statement.bounds}
        if self.dialect == "sqlite":  # it has no times, only texts, and these in this form
            bound = {name: when.isoformat(" ") for name, when in bound.items()}
        with self._watched(), told(self._name, *_FAILURES):
            result = self._connection.execution_options(stream_results=True).execute(written, bound)
            described: Any = result.cursor.description
            names, types = tuple(str(one[0]) for one in described), tuple(_type(one) for one in described)

        def batches() -> Iterator[list[tuple[Any, ...]]]:
            while True:
                with self._watched(), told(self._name, *_FAILURES):
                    rows = [tuple(row) for row in result.fetchmany(size)]
                if not rows:
                    return
                yield rows

        return Answer(names, types, batches())

    def _watched(self) -> Any:
        driver: Any = self._connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            return nullcontext()
        return stopped_after(self._timeout, driver.interrupt, self._name)


def _type(column: Any) -> str:
    """Psycopg has a name for a type, other drivers a name or a code."""
    return str(getattr(column, "type_display", None) or column[1]).lower()


@contextmanager
def alchemy_session(url: str, dialect: str, name: str, timeout: timedelta) -> Iterator[Session]:
    """A session that may only read; on Postgres and SQLite all its queries see the same data."""
    with told(name, *_FAILURES):
        engine = _engine(url, dialect, name)
    try:
        with told(name, *_FAILURES):
            connection = engine.connect()
        with connection:
            with told(name, *_FAILURES):
                _only_read(connection, dialect, timeout)
            yield _Alchemy(connection, dialect, name, timeout)
    finally:
        engine.dispose()


def _engine(url: str, dialect: str, name: str) -> Engine:
    parsed = make_url(url)
    if dialect == "postgres" and "+" not in parsed.drivername:
        parsed = parsed.set(drivername="postgresql+psycopg")  # Airflow's own URLs say postgres://
    if dialect != "sqlite" or parsed.database in (None, "", ":memory:"):
        return create_engine(parsed)
    path = Path(str(parsed.database))
    if not path.is_file():
        raise DataError(f"query of {name} failed: there is no database {path.name}")
    # Opened for reading only, so that a wrong path makes no empty database.
    where = f"file:{quote(str(path.absolute()))}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(where, uri=True))


def _only_read(connection: Connection, dialect: str, timeout: timedelta) -> None:
    if dialect == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    if dialect == "postgres":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(timeout.total_seconds() * _MILLISECONDS))}")
        connection.exec_driver_sql("SET LOCAL TimeZone = 'UTC'")
