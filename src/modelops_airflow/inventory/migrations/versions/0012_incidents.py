"""Incidents with what was done about them, and the messages that wait to be sent."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

SQL = Path(__file__).parents[1] / "sql" / "0012_incidents.postgres.sql"
_NOW = sa.text("CURRENT_TIMESTAMP")
_FIXED = {
    "incident": ("id", "kind", "severity", "models", "known_at", "words", "person", "auth", "at"),
    "incident_entry": ("id", "incident", "act", "words", "kind", "clock", "report", "sent_at", "person", "auth", "at"),
}
_SAME = {"incident": "o.id = NEW.id", "incident_entry": "o.id = NEW.id OR (o.incident = NEW.incident AND o.act = 'closed' AND NEW.act = 'closed')"}


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "modelops_incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        _time("known_at"),
        sa.Column("words", sa.String(71), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("length(person) > 0", name="person"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_incident"),
    )
    op.create_table(
        "modelops_incident_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("words", sa.String(71), nullable=False),
        sa.Column("kind", sa.String(30), nullable=True),
        sa.Column("clock", sa.String(40), nullable=True),
        sa.Column("report", sa.String(71), nullable=True),
        _time("sent_at", nullable=True),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("length(person) > 0", name="person"),
        sa.ForeignKeyConstraint(["incident"], ["modelops_incident.id"], name="fk_modelops_incident_entry_incident"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_incident_entry"),
    )
    op.create_index("ix_modelops_incident_entry_incident", "modelops_incident_entry", ["incident"])
    closed = sa.text("act = 'closed'")
    op.create_index("uq_modelops_incident_entry_closed", "modelops_incident_entry", ["incident"], unique=True,
                    sqlite_where=closed, postgresql_where=closed)
    _notices()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgres()
    else:
        _guard_on_sqlite()


def _notices() -> None:
    op.create_table(
        "modelops_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(71), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("model_id", sa.String(100), nullable=True),
        sa.Column("connection", sa.String(200), nullable=False),
        sa.Column("notifier", sa.String(20), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("next_at"),
        _time("claimed_until", nullable=True),
        sa.Column("claimed_by", sa.String(40), nullable=True),
        sa.Column("trouble", sa.String(300), nullable=False),
        _time("sent_at", nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_notice"),
        sa.UniqueConstraint("key", name="uq_modelops_notice_key"),
    )
    op.create_index("ix_modelops_notice_state", "modelops_notice", ["state"])


def _guard_on_postgres() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = SQL.read_text(encoding="utf-8").replace("@schema@", schema)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
    for name in _FIXED:
        table = f"modelops_{name}"
        op.execute(f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION modelops_fixed()")
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION modelops_kept()")
        op.execute(f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept()")


def _guard_on_sqlite() -> None:
    for name, columns in _FIXED.items():
        table = f"modelops_{name}"
        differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in columns)
        op.execute(f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} WHEN {differs} "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of {table} says is fixed'); END")
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: rows of {table} are kept'); END")
        op.execute(f"CREATE TRIGGER {table}_not_replaced_insert BEFORE INSERT ON {table} "  # noqa: S608 - our own names
                   f"WHEN EXISTS (SELECT 1 FROM {table} o WHERE {_SAME[name]}) "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: a row of {table} is there already'); END")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
