"""What all our tables share: one metadata of their own, and times that are always UTC."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, LargeBinary, MetaData, TypeDecorator, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Own metadata: our tables never mix with Airflow's."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        datetime: Utc, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary,
    }


def words_of_guard(error: IntegrityError) -> str | None:
    """What a guard of ours in the database said as it refused (migration 0003); None where another constraint did not hold."""
    if isinstance(error.orig, sqlite3.Error):
        return str(error.orig) if error.orig.sqlite_errorname == "SQLITE_CONSTRAINT_TRIGGER" else None
    ours = getattr(error.orig, "sqlstate", None) == "23000"  # modelops_refuse; constraints have codes of their own
    return str(error.orig).splitlines()[0] if ours else None


def is_twice(error: IntegrityError, table: str) -> bool:
    """Whether a row of a table would have been there twice; on SQLite a guard sees it before the unique index does."""
    if isinstance(error.orig, sqlite3.Error):
        said = str(error.orig)
        return said == f"the database refuses: a row of {table} is there already" or (
            error.orig.sqlite_errorname == "SQLITE_CONSTRAINT_UNIQUE" and f" {table}." in said)
    told = getattr(error.orig, "diag", None)
    return getattr(error.orig, "sqlstate", None) == "23505" and getattr(told, "table_name", None) == table


def database_time(session: Session) -> datetime:
    """The database's clock: the only one that orders and expires things."""
    # On Postgres CURRENT_TIMESTAMP is when the transaction began, before it waited for its turn.
    postgres = session.get_bind().dialect.name == "postgresql"
    value: datetime | None = session.scalar(select(func.clock_timestamp(type_=Utc) if postgres else func.current_timestamp(type_=Utc)))
    if value is None:
        raise RuntimeError("the database has no clock")
    return value
