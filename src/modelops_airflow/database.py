"""What all our tables share: one metadata of their own, and times that are always UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, LargeBinary, MetaData, TypeDecorator, func, select
from sqlalchemy.engine import Dialect
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


def database_time(session: Session) -> datetime:
    """The database's clock: the only one that orders and expires things."""
    # On Postgres CURRENT_TIMESTAMP is when the transaction began, before it waited for its turn.
    postgres = session.get_bind().dialect.name == "postgresql"
    value: datetime | None = session.scalar(select(func.clock_timestamp(type_=Utc) if postgres else func.current_timestamp(type_=Utc)))
    if value is None:
        raise RuntimeError("the database has no clock")
    return value
