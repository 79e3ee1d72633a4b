"""What was scored in batches, when each place was last looked at, and how often a finding came back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NOW = sa.text("CURRENT_TIMESTAMP")
_FIXED = ("id", "slot", "deployment", "run", "version", "artifact", "epoch", "begins_at", "ends_at", "rows", "input", "output", "file", "at")

_TOLD_BY_TASKS = """
CREATE OR REPLACE FUNCTION modelops_may_tell(kind text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, {schema}, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('decision', 'withdrawal', 'governance-confirmed', 'governance-activated', 'governance-first-use',
                  'break-glass', 'suspended', 'retired', 'rollback', 'run-requested') OR starts_with(kind, 'key-')
      THEN modelops_decides()
    WHEN kind IN ('governance-proposed', 'governance-withdrawn', 'defined', 'definition-missing', 'pinned', 'recorded',
                  'decided', 'gate-opened', 'publishing', 'live', 'packed', 'scored')
      THEN modelops_measures()
    ELSE true
  END
$$
"""


def upgrade() -> None:
    op.create_table(
        "modelops_scored",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("deployment", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("artifact", sa.String(71), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("input", sa.String(71), nullable=False),
        sa.Column("output", sa.String(71), nullable=False),
        sa.Column("file", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        *(sa.ForeignKeyConstraint([column], [f"modelops_{column}.id"], name=f"fk_modelops_scored_{column}") for column in ("slot", "deployment", "run")),
        sa.UniqueConstraint("slot", "begins_at", "ends_at", name="uq_modelops_scored_slot_begins_at_ends_at"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_scored"),
    )
    op.create_index("ix_modelops_scored_run", "modelops_scored", ["run"])
    op.create_table(
        "modelops_scan",
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("place", sa.String(2000), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.Column("strays", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(2000), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("environment", name="pk_modelops_scan"),
    )
    op.add_column("modelops_finding", sa.Column("flips", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("modelops_finding", sa.Column("calm_since", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgres()
    else:
        _guard_on_sqlite()


def _guard_on_postgres() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(_TOLD_BY_TASKS.format(schema=schema))
    op.execute("DROP TRIGGER modelops_finding_fixed ON modelops_finding")  # on SQLite the trigger names the columns that are fixed
    op.execute("CREATE TRIGGER modelops_finding_fixed BEFORE UPDATE ON modelops_finding "
               "FOR EACH ROW EXECUTE FUNCTION modelops_fixed('message', 'closed_at', 'flips', 'calm_since')")
    op.execute("CREATE TRIGGER modelops_scored_fixed BEFORE UPDATE ON modelops_scored FOR EACH ROW EXECUTE FUNCTION modelops_fixed()")
    op.execute("CREATE TRIGGER modelops_scored_kept BEFORE DELETE ON modelops_scored FOR EACH ROW EXECUTE FUNCTION modelops_kept()")
    op.execute("CREATE TRIGGER modelops_scored_not_emptied BEFORE TRUNCATE ON modelops_scored FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept()")


def _guard_on_sqlite() -> None:
    differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in _FIXED)
    same = "o.id = NEW.id OR (o.slot = NEW.slot AND o.begins_at = NEW.begins_at AND o.ends_at = NEW.ends_at)"
    op.execute(f"CREATE TRIGGER modelops_scored_fixed BEFORE UPDATE ON modelops_scored WHEN {differs} "
               "BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of modelops_scored says is fixed'); END")
    op.execute("CREATE TRIGGER modelops_scored_kept BEFORE DELETE ON modelops_scored "
               "BEGIN SELECT RAISE(ABORT, 'the database refuses: rows of modelops_scored are kept'); END")
    op.execute("CREATE TRIGGER modelops_scored_not_replaced_insert BEFORE INSERT ON modelops_scored "  # noqa: S608 - our own names
               f"WHEN EXISTS (SELECT 1 FROM modelops_scored o WHERE {same}) "
               "BEGIN SELECT RAISE(ABORT, 'the database refuses: a row of modelops_scored is there already'); END")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
