"""Findings as people work on them: title, state, owner, due date; and who may tell the ledger of their acts.

A run says, fixed like its plan, the past day that it is about: what such a run comes to opens and closes no finding.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

SQL = Path(__file__).parents[1] / "sql" / "0010_findings.postgres.sql"

_DUE = {"critical": 30, "high": 90, "medium": 180, "low": 365}
"""Days by severity, as policy/finding_rules.py has them; written out here because a migration never changes."""

_FIXED = ("id", "model_id", "kind", "severity", "opened_at", "title", "raised_by")
_FIXED_OF_A_RUN = ("id", "dag_id", "run_id", "model_id", "lifecycle", "version_id", "plan", "approved_plan", "started_by", "started_at", "artifact",
                   "environment", "design", "provenance", "as_of")


def upgrade() -> None:
    empty, opened = sa.text("''"), sa.text("'open'")
    for column in (
        sa.Column("title", sa.String(200), server_default=empty, nullable=False),
        sa.Column("state", sa.String(30), server_default=opened, nullable=False),
        sa.Column("owner", sa.String(100), nullable=True),
        sa.Column("raised_by", sa.String(200), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(500), server_default=empty, nullable=False),
    ):
        op.add_column("modelops_finding", column)
    op.add_column("modelops_run", sa.Column("as_of", sa.String(10), nullable=True))
    here = op.get_bind().dialect.name
    op.execute("DROP TRIGGER modelops_finding_fixed" + (" ON modelops_finding" if here == "postgresql" else ""))
    _fill(postgres=here == "postgresql")
    if here == "postgresql":
        _guard_on_postgres()
    else:
        op.execute("DROP TRIGGER modelops_run_fixed")  # on Postgres the guard names what may change, and so has the new column already
        for table, fixed in (("modelops_finding", _FIXED), ("modelops_run", _FIXED_OF_A_RUN)):
            differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in fixed)
            op.execute(f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} WHEN {differs} "
                       f"BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of {table} says is fixed'); END")


def _fill(*, postgres: bool) -> None:
    """Rows that are there already: closed or open, the model's owner's, due by severity."""
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE modelops_finding SET state = 'closed', ended = 'closed by observation' WHERE closed_at IS NOT NULL"))
    bind.execute(sa.text("UPDATE modelops_finding SET owner = (SELECT m.owner FROM modelops_model m WHERE m.id = modelops_finding.model_id)"))
    for severity, days in _DUE.items():
        due = f"opened_at + interval '{days} days'" if postgres else f"datetime(opened_at, '+{days} days')"
        bind.execute(sa.text(f"UPDATE modelops_finding SET due_at = {due} WHERE severity = :severity"), {"severity": severity})  # noqa: S608 - our own numbers


def _guard_on_postgres() -> None:
    bind = op.get_bind()
    schema = bind.scalar(sa.text("SELECT quote_ident(current_schema())"))
    bind.execution_options(no_parameters=True).exec_driver_sql(SQL.read_text(encoding="utf-8").replace("@schema@", schema))
    op.execute("CREATE TRIGGER modelops_finding_fixed BEFORE UPDATE ON modelops_finding FOR EACH ROW EXECUTE FUNCTION modelops_fixed("
               "'message', 'closed_at', 'flips', 'calm_since', 'state', 'owner', 'due_at', 'expires_at', 'ended')")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
