"""The register's tables come from its migrations, and a register that does not fit is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, create_engine, inspect, text

from bank import Postgres
from modelops_airflow.database import Base
from modelops_airflow.errors import RegisterError
from modelops_airflow.inventory.register import VERSION_TABLE, Register, alembic_config


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return server.new(template="template0")
    return f"sqlite:///{tmp_path / 'empty' / 'register.db'}"


@pytest.fixture
def register(empty_url: str) -> Iterator[Register]:
    """A migrated register of this test alone."""
    one = Register(empty_url)
    one.migrate()
    yield one
    one.engine.dispose()


def shape(url: str) -> dict[str, object]:
    """Columns, indexes, keys and checks of all our tables."""
    engine = create_engine(url)
    seen = inspect(engine)
    found: dict[str, object] = {}
    for table in sorted(seen.get_table_names()):
        if table == VERSION_TABLE:
            continue
        found[table] = (
            [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in seen.get_columns(table)],
            sorted(
                (str(one["name"]), tuple(one["column_names"]), bool(one["unique"])) for one in seen.get_indexes(table)
            ),
            sorted(str(one["name"]) for one in seen.get_check_constraints(table)),
            sorted(str(one["name"]) for one in seen.get_foreign_keys(table)),
            sorted(str(one["name"]) for one in seen.get_unique_constraints(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
        )
    engine.dispose()
    return found


def comparable(_context, _reflected, column, *_defaults):
    """None for Alembic's own comparison; Postgres cannot compare two JSON defaults."""
    return False if isinstance(column.type, JSON) else None


def test_the_migrations_make_exactly_the_tables_of_the_code(register: Register) -> None:
    with register.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_server_default": comparable}
        )
        assert [one for one in compare_metadata(context, Base.metadata) if VERSION_TABLE not in str(one)] == []


def test_tables_made_from_the_code_have_the_shape_of_the_migrated_ones(empty_url: str) -> None:
    fresh = Register(empty_url)
    Base.metadata.create_all(fresh.engine)
    made = shape(empty_url)
    Base.metadata.drop_all(fresh.engine)
    fresh.migrate()
    fresh.engine.dispose()
    assert made == shape(empty_url)
    assert len(made) == len(Base.metadata.tables)


def test_a_database_without_tables_is_refused_with_the_next_step(empty_url: str) -> None:
    one = Register(empty_url)
    with pytest.raises(RegisterError, match=r"at version none, this package needs \d{4}; run: modelops db migrate"):
        one.check()
    one.migrate()
    one.check()
    one.migrate()
    one.check()
    one.engine.dispose()


def test_a_register_of_another_version_is_refused(register: Register) -> None:
    register.check()
    with register.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(RegisterError, match="at version 9999"):
        register.check()


def test_a_database_that_cannot_be_reached_is_one_sentence() -> None:
    one = Register("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(RegisterError, match="cannot be reached") as error:
        one.check()
    assert "\n" not in str(error.value)


def test_going_back_would_drop_records_and_is_refused(register: Register) -> None:
    config = alembic_config()
    with register.engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(RuntimeError, match="would drop the records"):
            command.downgrade(config, "base")
    register.check()


def test_our_tables_do_not_mix_with_others(register: Register) -> None:
    with register.engine.begin() as connection:
        connection.execute(text("CREATE TABLE dag_run (id INTEGER)"))
    register.migrate()
    register.check()
    assert "dag_run" in inspect(register.engine).get_table_names()


def test_sqlite_keeps_what_it_acknowledged(tmp_path: Path, migrated: Path) -> None:
    path = tmp_path / "register.db"
    path.write_bytes(migrated.read_bytes())
    with Register(f"sqlite:///{path}").read() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_a_row_outlives_the_session_that_read_it(register: Register) -> None:
    from modelops_airflow.ledger import EventRow, append, tip

    with register.write() as session:
        append(session, "told", {})
    with register.read() as session:
        event = tip(session)
    assert isinstance(event, EventRow) and event.kind == "told"
