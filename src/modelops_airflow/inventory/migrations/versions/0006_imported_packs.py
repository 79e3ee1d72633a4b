"""A table for packs of other installations; what it says is fixed and kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TABLE = "modelops_imported_pack"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("artifact", sa.String(71), nullable=False),
        sa.Column("signer", sa.String(71), nullable=False),
        sa.Column("subject", sa.String(71), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("run", sa.String(510), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("imported_by", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["modelops_model.id"], name=f"fk_{TABLE}_model_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("digest", name=f"uq_{TABLE}_digest"),
    )
    op.create_index(f"ix_{TABLE}_model_id", TABLE, ["model_id"])
    for statement in _kept_on_sqlite() if op.get_bind().dialect.name == "sqlite" else _kept_on_postgres():
        op.get_bind().exec_driver_sql(statement)


def _kept_on_postgres() -> list[str]:
    return [f"CREATE TRIGGER {TABLE}_fixed BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION modelops_fixed()",
            f"CREATE TRIGGER {TABLE}_kept BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION modelops_kept()",
            f"CREATE TRIGGER {TABLE}_not_emptied BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept()"]


def _kept_on_sqlite() -> list[str]:
    refused = "BEGIN SELECT RAISE(ABORT, 'the database refuses: {}'); END".format
    return [f"CREATE TRIGGER {TABLE}_fixed BEFORE UPDATE ON {TABLE} {refused(f'what a row of {TABLE} says is fixed')}",
            f"CREATE TRIGGER {TABLE}_kept BEFORE DELETE ON {TABLE} {refused(f'rows of {TABLE} are kept')}",
            f"CREATE TRIGGER {TABLE}_not_replaced_insert BEFORE INSERT ON {TABLE} "  # noqa: S608 - our own names
            f"WHEN EXISTS (SELECT 1 FROM {TABLE} o WHERE o.id = NEW.id OR o.digest = NEW.digest) {refused(f'a row of {TABLE} is there already')}"]


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
