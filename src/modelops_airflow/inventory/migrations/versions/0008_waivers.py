"""Who may tell the ledger of legacy models: tasks what files declare, the API server whose waivers are accepted and revoked."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).parents[1] / "sql" / "0008_waivers.postgres.sql"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":  # SQLite has no users
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = SQL.read_text(encoding="utf-8").replace("@schema@", schema)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
