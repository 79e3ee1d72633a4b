"""A session that may only read: opened by a connection's URL, one consistent view of the data where the engine has one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ...errors import DataError
from .statement import Statement

_DIALECTS = {
    "sqlite": "sqlite", "duckdb": "duckdb", "postgresql": "postgres", "postgres": "postgres", "redshift": "redshift", "mysql": "mysql",
    "mariadb": "mysql", "trino": "trino", "bigquery": "bigquery", "snowflake": "snowflake", "databricks": "databricks", "spark": "spark",
    "mssql": "tsql", "oracle": "oracle",
}
"""Scheme of a URL -> dialect."""


@dataclass(frozen=True)
class Answer:
    """What a query gives.

    Attributes:
        names: of its columns, in order.
        types: as the database calls them, in lower case.
        batches: its rows, to be read once.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    batches: Iterator[list[tuple[Any, ...]]]


class Session(Protocol):
    """An open database."""

    dialect: str

    def answer(self, statement: Statement, values: Mapping[str, datetime], size: int) -> Answer:
        """Run a statement; its rows come in batches of a size.

        Raises:
            DataError: the database refuses it, or takes longer than the time limit.
        """
        ...


def dialect_of(url: str) -> str:
    """The dialect of a connection's database.

    Raises:
        DataError: queries of that database cannot be reviewed.
    """
    scheme = url.partition(":")[0].partition("+")[0].lower()
    if scheme not in _DIALECTS:
        raise DataError(f"a database of scheme {scheme!r} has no dialect that queries are reviewed in; "
                        f"expected one of {', '.join(sorted(_DIALECTS))}")
    return _DIALECTS[scheme]


def opened(url: str, name: str, timeout: timedelta) -> AbstractContextManager[Session]:
    """A session on the database of a URL.

    Args:
        name: of the data set, for messages.
        timeout: longest time of one statement, where the engine can be stopped: SQLite, DuckDB, Postgres.

    Raises:
        DataError: there is no such database, or its driver is not installed.
    """
    dialect = dialect_of(url)
    if dialect == "duckdb":
        from .duck import duckdb_session

        return duckdb_session(url, name, timeout)
    if dialect == "spark":
        from .spark import spark_session

        return spark_session(url, name)
    from .alchemy import alchemy_session

    return alchemy_session(url, dialect, name, timeout)


@contextmanager
def told(name: str, *errors: type[Exception]) -> Iterator[None]:
    """A database's errors as ours, in one line, with the data set's name."""
    try:
        yield
    except errors as error:
        cause = error.__cause__ or error
        raise DataError(f"query of {name} failed: {(str(cause).strip() or type(cause).__name__).splitlines()[0]}") from None


@contextmanager
def stopped_after(timeout: timedelta, interrupt: Callable[[], object], name: str) -> Iterator[None]:
    """Interrupts what runs inside when the time is over."""
    over = threading.Event()

    def stop() -> None:
        over.set()
        interrupt()

    timer = threading.Timer(timeout.total_seconds(), stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except DataError:
        if over.is_set():
            raise DataError(f"query of {name} took longer than {timeout.total_seconds():g} s; narrow it, or raise its timeout") from None
        raise
    finally:
        timer.cancel()
