"""The guard of deployments knows the canary that a release goes through, and what was pulled back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    bind = op.get_bind()
    script = (SQL / f"0005_canaries.{'sqlite' if bind.dialect.name == 'sqlite' else 'postgres'}.sql").read_text(encoding="utf-8")
    if bind.dialect.name != "sqlite":
        schema = bind.scalar(sa.text("SELECT quote_ident(current_schema())"))
        bind.execution_options(no_parameters=True).exec_driver_sql(script.replace("@schema@", schema))
        return
    statement = ""
    for line in script.splitlines(keepends=True):  # `executescript` would commit
        statement += line
        if sqlite3.complete_statement(statement):
            bind.exec_driver_sql(statement)
            statement = ""


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
