"""Erasures: a document of words is emptied where two people decided it, and who may tell the ledger of holds and erasures."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).parents[1] / "sql"
_APPROVED = ("EXISTS (SELECT 1 FROM modelops_event e WHERE e.kind = 'erasure-approved' AND e.outcome = 'done' "
             "AND json_extract(CAST(e.body AS TEXT), '$.facts.digest') = OLD.digest)")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER modelops_document_fixed")
        op.execute("CREATE TRIGGER modelops_document_fixed BEFORE UPDATE ON modelops_document "
                   f"WHEN NEW.digest IS NOT OLD.digest OR NEW.at IS NOT OLD.at OR (NEW.body IS NOT OLD.body AND NOT (length(NEW.body) = 0 AND {_APPROVED})) "
                   "BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of modelops_document says is fixed'); END")
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = (SQL / "0013_erasures.postgres.sql").read_text(encoding="utf-8").replace("@schema@", schema)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
