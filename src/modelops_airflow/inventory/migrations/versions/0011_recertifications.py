"""The queue of models that a change of rules makes uncertain, and who may tell the ledger of it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).parents[1] / "sql" / "0011_recertifications.postgres.sql"
_NOW = sa.text("CURRENT_TIMESTAMP")
_TIME = sa.DateTime(timezone=True)
_QUEUE = (
    sa.Column("id", sa.Integer(), nullable=False), sa.Column("campaign", sa.Integer(), nullable=False),
    sa.Column("model_id", sa.String(100), nullable=False), sa.Column("cause", sa.String(71), nullable=False),
    sa.Column("standing", sa.Integer(), nullable=False), sa.Column("before", sa.String(71), nullable=False),
    sa.Column("after", sa.String(71), nullable=True), sa.Column("verdict_before", sa.String(20), nullable=False),
    sa.Column("expected", sa.String(20), nullable=False), sa.Column("changes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
    sa.Column("tier", sa.Integer(), nullable=False), sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
    sa.Column("starts", sa.Integer(), server_default=sa.text("0"), nullable=False),
    sa.Column("dag_id", sa.String(250), nullable=True), sa.Column("run_id", sa.String(250), nullable=True),
    sa.Column("lease_holder", sa.String(300), nullable=True), sa.Column("lease_until", _TIME, nullable=True),
    sa.Column("verdict", sa.String(20), nullable=True), sa.Column("reason", sa.String(2000), server_default=sa.text("''"), nullable=False),
    sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
    sa.Column("started_at", _TIME, nullable=True), sa.Column("ended_at", _TIME, nullable=True),
)
_MAY_CHANGE = ("campaign", "state", "attempt", "starts", "dag_id", "run_id", "lease_holder", "lease_until", "verdict", "reason", "started_at", "ended_at")
_CHANGES = {"campaign": (), "recertification": _MAY_CHANGE}
_SAME = {"campaign": "o.id = NEW.id", "recertification": "o.id = NEW.id OR (o.model_id = NEW.model_id AND o.cause = NEW.cause)"}


def upgrade() -> None:
    op.create_table(
        "modelops_campaign",
        sa.Column("id", sa.Integer(), nullable=False), sa.Column("inputs", sa.String(71), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False), sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False), sa.Column("list", sa.String(71), nullable=True),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_campaign"),
    )
    op.create_table(
        "modelops_recertification", *_QUEUE,
        sa.ForeignKeyConstraint(["campaign"], ["modelops_campaign.id"], name="fk_modelops_recertification_campaign"),
        sa.ForeignKeyConstraint(["model_id"], ["modelops_model.id"], name="fk_modelops_recertification_model_id"),
        sa.ForeignKeyConstraint(["standing"], ["modelops_run.id"], name="fk_modelops_recertification_standing"),
        sa.UniqueConstraint("model_id", "cause", name="uq_modelops_recertification_model_id_cause"),
        sa.CheckConstraint("state IN ('waiting','running','done','failed','not_needed')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_recertification"),
    )
    for column in ("campaign", "model_id", "state"):
        op.create_index(f"ix_modelops_recertification_{column}", "modelops_recertification", [column])
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgres()
    else:
        _guard_on_sqlite()


def _guard_on_postgres() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = SQL.read_text(encoding="utf-8").replace("@schema@", schema)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
    for name, changes in _CHANGES.items():
        columns = ", ".join(f"'{column}'" for column in changes)
        op.execute(f"CREATE TRIGGER modelops_{name}_fixed BEFORE UPDATE ON modelops_{name} FOR EACH ROW EXECUTE FUNCTION modelops_fixed({columns})")
        op.execute(f"CREATE TRIGGER modelops_{name}_kept BEFORE DELETE ON modelops_{name} FOR EACH ROW EXECUTE FUNCTION modelops_kept()")
        op.execute(f"CREATE TRIGGER modelops_{name}_not_emptied BEFORE TRUNCATE ON modelops_{name} FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept()")


def _guard_on_sqlite() -> None:
    seen = sa.inspect(op.get_bind())
    for name, changes in _CHANGES.items():
        table = f"modelops_{name}"
        fixed = [column["name"] for column in seen.get_columns(table) if column["name"] not in changes]
        differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in fixed)
        op.execute(f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} WHEN {differs} "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of {table} says is fixed'); END")
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: rows of {table} are kept'); END")
        op.execute(f"CREATE TRIGGER {table}_not_replaced_insert BEFORE INSERT ON {table} "  # noqa: S608 - our own names
                   f"WHEN EXISTS (SELECT 1 FROM {table} o WHERE {_SAME[name]}) "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: a row of {table} is there already'); END")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
