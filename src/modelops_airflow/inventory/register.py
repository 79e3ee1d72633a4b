"""Connections to the register, and its migrations.

Writers take turns, so what one reads before it writes cannot change under it. SQLite: every writer
begins IMMEDIATE (a deferred BEGIN loses writes), rollback journal, full synchronisation. Postgres:
READ COMMITTED, with the ledger's advisory lock taken first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..errors import RegisterError
from ..ledger.append import take_turn

VERSION_TABLE = "modelops_alembic_version"
MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 30
_IDLE_SECONDS = 60
"""A transaction that does nothing for so long is ended by Postgres: whoever holds the ledger's lock stops everybody."""

_engines: dict[tuple[str, int], Engine] = {}


class Register:
    """The register at a database URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def engine(self) -> Engine:
        """One engine for a URL and process; a forked task makes its own."""
        key = (self.url, os.getpid())
        if key not in _engines:
            _engines[key] = _engine(self.url)
        return _engines[key]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing it does is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is one transaction, committed at the end. For `governance` alone."""
        writer = self.engine.execution_options(modelops_write=True)
        with Session(writer, expire_on_commit=False) as session, session.begin():
            take_turn(session)
            yield session

    def migrate(self, role: str | None = None) -> None:
        """Bring the tables to this version.

        Args:
            role: a Postgres role that the login may take; it then owns what is made.
        """
        from alembic import command

        url = make_url(self.url)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        with self.engine.execution_options(modelops_write=True).connect() as connection:
            if role is not None:
                connection.exec_driver_sql(f"SET LOCAL ROLE {connection.dialect.identifier_preparer.quote_identifier(role)}")
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def check(self) -> None:
        """Make sure that the register is there and of this version.

        Raises:
            RegisterError: it cannot be reached, or was not migrated.
        """
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        head = ScriptDirectory.from_config(alembic_config()).get_current_head()
        try:
            with self.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
                found = context.get_current_revision()
                there = inspect(connection).has_table("modelops_event")
        except SQLAlchemyError as error:
            raise RegisterError(f"the register cannot be reached: {str(error).splitlines()[0]}") from None
        if found != head or not there:
            raise RegisterError(f"the register is at version {found or 'none'}, this package needs {head}; "
                                "run: modelops db migrate (or airflow db migrate)")


def alembic_config() -> Any:
    """Alembic's configuration for our own history."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, pool_size=5)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgres(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'")
    cursor.close()
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    cursor = connection.cursor()
    for pragma, expected in (("journal_mode=DELETE", "delete"), ("synchronous=FULL", None), ("foreign_keys=ON", None),
                             (f"busy_timeout={_BUSY_SECONDS * 1000}", None)):
        answer = cursor.execute(f"PRAGMA {pragma}").fetchone()
        if expected is not None and (answer is None or answer[0] != expected):
            raise RegisterError(f"SQLite refuses PRAGMA {pragma}: it answers {answer}; use a local disk")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("modelops_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
