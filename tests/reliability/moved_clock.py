"""The database's clock, moved by hand: it stands still until an hour goes by, and then the database knows no other time.

SQLite's clock is two functions, which a connection may replace. On Postgres `clock_timestamp()` gives its name to a
function that reads a table, before anything else is made: what the migrations make then asks that one. Columns whose
default is the keyword CURRENT_TIMESTAMP, which nothing can replace, ask it as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from places import Places, PostgresPlaces, SqlitePlaces, started
from sqlalchemy import Engine, create_engine, event

from bank import Postgres
from modelops_airflow.inventory.register import Register

_START = datetime(2030, 1, 1)
_hour = [0]

_OTHER_CLOCK = f"""
ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO clock_timestamp_of_the_machine;
CREATE TABLE public.moved_clock (now timestamptz NOT NULL);
INSERT INTO public.moved_clock VALUES ('{_START}Z');
CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT m.now FROM public.moved_clock m';
"""
_DEFAULTS = """
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND column_default = 'CURRENT_TIMESTAMP' LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT clock_timestamp()', one.table_name, one.column_name);
  END LOOP;
END $$
"""


def clock() -> str:
    """The database's time."""
    return (_START + timedelta(hours=_hour[0])).strftime("%Y-%m-%d %H:%M:%S")


def from_the_start() -> None:
    """The time at which banks are founded; a Postgres that is set back has it already."""
    _hour[0] = 0


def go_by(url: str, hours: int) -> None:
    """Move it."""
    _hour[0] += hours
    if not url.startswith("sqlite"):
        _run(url, f"UPDATE public.moved_clock SET now = '{clock()}Z'")


@contextmanager
def moved(backend: str, server: Postgres | None = None) -> Iterator[Places]:
    """Banks on a database, by its name, that has this clock; starts a Postgres server for this alone if none is given."""
    from_the_start()
    if backend == "sqlite":
        with SqlitePlaces() as made, _on_sqlite():
            yield made
        return
    with nullcontext(server) if server else started() as one, _OnPostgres(one) as made:
        yield made


class _OnPostgres(PostgresPlaces):
    """The clock is moved before the register is made."""

    def _empty(self) -> str:
        self._server.sql(f"CREATE DATABASE {self._name}")
        self._root.mkdir(parents=True)
        _run(self._url(), _OTHER_CLOCK)
        Register(self._url()).migrate()
        _run(self._url(), _DEFAULTS)
        return self._url()


@contextmanager
def _on_sqlite() -> Iterator[None]:
    event.listen(Engine, "connect", _set)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _set)


def _set(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("current_timestamp", 0, clock)
        connection.create_function("julianday", 1, _julian_day)


def _julian_day(value: str) -> float:
    return 2451544.5 + (datetime.fromisoformat(clock() if value == "now" else value) - datetime(2000, 1, 1)) / timedelta(days=1)


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, execution_options={"no_parameters": True})
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
