# ruff: noqa: S608 - the texts are our own, and no one else has a part in them
"""Erasures: a document of words is emptied where two people decided it, and who may tell the ledger of holds and erasures."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).parents[1] / "sql"
_FACT = "json_extract(CAST({0}.body AS TEXT), '$.facts.{1}')".format
_APPROVED = ("EXISTS (SELECT 1 FROM modelops_event a WHERE a.kind = 'erasure-approved' AND a.outcome = 'done' AND a.idx < b.idx "
             f"AND {_FACT('a', 'ask')} = {_FACT('b', 'ask')} AND {_FACT('a', 'digest')} = OLD.digest)")
_LIFTED = f"EXISTS (SELECT 1 FROM modelops_event l WHERE l.kind = 'hold-lifted' AND l.outcome = 'done' AND {_FACT('l', 'hold')} = h.idx)"
_HELD = ("EXISTS (SELECT 1 FROM modelops_event h WHERE h.kind = 'hold-placed' AND h.outcome = 'done' AND h.idx > b.idx "
         f"AND ({_FACT('h', 'digest')} = OLD.digest OR (h.model_id = b.model_id AND {_FACT('h', 'digest')} IS NULL AND {_FACT('h', 'run')} IS NULL)) "
         f"AND NOT {_LIFTED})")
_BEGUN = ("EXISTS (SELECT 1 FROM modelops_event b WHERE b.kind = 'erasure-begun' AND b.outcome = 'done' "
          f"AND {_FACT('b', 'digest')} = OLD.digest AND {_APPROVED} AND NOT {_HELD})")
_DECIDED = ("EXISTS (SELECT 1 FROM modelops_event a, modelops_event b WHERE a.kind = 'erasure-asked' AND a.outcome = 'done' "
            "AND b.kind = 'erasure-approved' AND b.outcome = 'done' "
            f"AND a.idx = {_FACT('NEW', 'ask')} AND b.idx = {_FACT('NEW', 'approval')} AND {_FACT('b', 'ask')} = a.idx "
            f"AND {_FACT('a', 'digest')} = coalesce({_FACT('NEW', 'copy_of')}, {_FACT('NEW', 'digest')}) AND {_FACT('b', 'digest')} = {_FACT('a', 'digest')} "
            f"AND {_FACT('a', 'ground')} = {_FACT('NEW', 'ground')} AND {_FACT('a', 'by')} = {_FACT('NEW', 'asked_by')} "
            f"AND {_FACT('b', 'by')} = {_FACT('NEW', 'approved_by')} AND {_FACT('a', 'by')} <> {_FACT('b', 'by')})")
_EMPTIED = (f"EXISTS (SELECT 1 FROM modelops_event e JOIN modelops_document d ON d.digest = {_FACT('e', 'words')} "
            f"WHERE e.kind = 'finding-open' AND e.outcome = 'done' AND {_FACT('e', 'finding')} = OLD.id AND length(d.body) = 0)")
_FIXED = ("id", "model_id", "kind", "severity", "opened_at", "raised_by")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER modelops_document_fixed")
        op.execute("CREATE TRIGGER modelops_document_fixed BEFORE UPDATE ON modelops_document "
                   f"WHEN NEW.digest IS NOT OLD.digest OR NEW.at IS NOT OLD.at OR (NEW.body IS NOT OLD.body AND NOT (length(NEW.body) = 0 AND {_BEGUN})) "
                   "BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of modelops_document says is fixed'); END")
        op.execute(f"CREATE TRIGGER modelops_event_erased BEFORE INSERT ON modelops_event WHEN NEW.kind = 'erased' AND NEW.outcome = 'done' AND NOT {_DECIDED} "
                   "BEGIN SELECT RAISE(ABORT, 'the database refuses: no two people decided the erasure that an event tells of'); END")
        op.execute("DROP TRIGGER modelops_finding_fixed")
        differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in _FIXED)
        op.execute(f"CREATE TRIGGER modelops_finding_fixed BEFORE UPDATE ON modelops_finding WHEN {differs} "
                   f"OR (NEW.title IS NOT OLD.title AND NOT (NEW.title = '(no longer kept)' AND {_EMPTIED})) "
                   "BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of modelops_finding says is fixed'); END")
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = (SQL / "0013_erasures.postgres.sql").read_text(encoding="utf-8").replace("@schema@", schema)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
