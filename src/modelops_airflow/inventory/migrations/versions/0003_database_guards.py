"""The database defends the records itself: against tasks, against mistakes, and noticeably against its owner.

Views say by rows alone which run may go live, and a trigger on deployments asks them. On Postgres the ledger
is appended by a function that checks and hashes. SQLite has no users, so there the triggers guard against
mistakes and against whoever does not drop them first. The statements are in `migrations/sql`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).parents[1] / "sql"

CHANGES = {
    "document": (),
    "decision": ("withdrawn_at",),
    "governance": ("state", "activated_by", "activated_at", "confirmed_by"),
    "key": ("state", "activated_by", "activated_at", "revoked_at", "counter"),
    "break_glass": ("closed_at",),
    "finding": ("message", "closed_at"),
    "pack": (),
    "checkpoint": ("anchors",),
    "version": ("state", "reason", "authors", "folded_authors"),
    "run": ("manifest", "subject", "verdict", "warned", "decided_at"),
    "result": ("current",),
    "gate": ("subject", "meaning", "rules", "state", "opened_at", "due_at", "settled_at"),
    "slot": ("epoch",),
    "deployment": ("epoch", "state", "observed", "observed_at", "at"),
}
"""Tables whose rows are kept for ever, and the columns that may change."""

UNIQUE = {
    "document": ("o.digest = NEW.digest",),
    "decision": ("o.id = NEW.id", "o.subject = NEW.subject AND o.step = NEW.step AND o.person = NEW.person "
                 "AND o.withdrawn_at IS NULL AND NEW.withdrawn_at IS NULL"),
    "governance": ("o.id = NEW.id", "o.state = NEW.state AND NEW.state IN ('active', 'pending')"),
    "key": ("o.fingerprint = NEW.fingerprint",),
    "finding": ("o.id = NEW.id", "o.model_id = NEW.model_id AND o.kind = NEW.kind AND o.closed_at IS NULL AND NEW.closed_at IS NULL"),
    "version": ("o.id = NEW.id", "o.model_id = NEW.model_id AND o.version = NEW.version"),
    "run": ("o.id = NEW.id", "o.dag_id = NEW.dag_id AND o.run_id = NEW.run_id"),
    "result": ("o.id = NEW.id", "o.run = NEW.run AND o.step = NEW.step AND o.current = 1 AND NEW.current = 1"),
    "gate": ("o.id = NEW.id", "o.run = NEW.run AND o.step = NEW.step"),
    "slot": ("o.id = NEW.id", "o.model_id = NEW.model_id AND o.environment = NEW.environment"),
    "deployment": ("o.id = NEW.id", "o.key = NEW.key", "o.slot = NEW.slot AND o.state = 'live' AND NEW.state = 'live'"),
}
"""Where two rows would be one: INSERT OR REPLACE and UPDATE OR REPLACE delete the older without any trigger for deletion."""

REASONS = (
    "the run did not pass", "the run is of another artifact than its version",
    "the version is neither waiting nor approved nor in use", "no governance is in force", "the slot is not that of the plan",
    "a step that is judged has no result that passes", "the plan has no gate", "a gate of the plan asks nobody",
    "a rejection is in force", "approvals are missing", "no emergency release is in force",
    "no run, version and slot fit it under this fence", "the target was not read back with these bytes", "its fence is stale",
)
"""All that `modelops_deployment_reason` answers."""


def upgrade() -> None:
    op.add_column("modelops_deployment", sa.Column("options", sa.JSON(), nullable=True))
    _fill_places()
    if op.get_bind().dialect.name == "sqlite":
        for name in ("permission", "records"):
            for statement in _statements((SQL / f"0003_{name}.sqlite.sql").read_text(encoding="utf-8")):
                op.get_bind().exec_driver_sql(statement)
        for statement in (*_kept_on_sqlite(), *_permitted_on_sqlite()):
            op.get_bind().exec_driver_sql(statement)
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    script = "\n".join((SQL / f"0003_{name}.postgres.sql").read_text(encoding="utf-8") for name in ("ledger", "permission", "records"))
    whole = "\n".join([script.replace("@schema@", schema), *_kept_on_postgres()])
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(whole)


def _fill_places() -> None:
    """Where the deployments that are there already were made: where the governance of that moment had their environment."""
    bind = op.get_bind()
    governances = bind.execute(sa.text(
        "SELECT g.activated_at, d.body FROM modelops_governance g JOIN modelops_document d ON d.digest = g.digest "
        "WHERE g.activated_at IS NOT NULL ORDER BY g.activated_at, g.id")).all()
    for key, at, environment, target in bind.execute(sa.text("SELECT id, at, environment, target FROM modelops_deployment")).all():
        # To the second: SQLite keeps times as text, some with a fraction and some without.
        then = [body for since, body in governances if str(since)[:19] <= str(at)[:19]]
        named = json.loads(bytes(then[-1]))["environments"].get(environment) if then else None
        if named is not None and named["target"] == target:
            bind.execute(sa.text("UPDATE modelops_deployment SET options = :options WHERE id = :key"),
                         {"options": json.dumps(named.get("with", {})), "key": key})


def _kept_on_postgres() -> Iterator[str]:
    for name, changes in CHANGES.items():
        columns = ", ".join(f"'{column}'" for column in changes)
        yield (f"CREATE TRIGGER modelops_{name}_fixed BEFORE UPDATE ON modelops_{name} "
               f"FOR EACH ROW EXECUTE FUNCTION modelops_fixed({columns});")
        yield (f"CREATE TRIGGER modelops_{name}_kept BEFORE DELETE ON modelops_{name} "
               "FOR EACH ROW EXECUTE FUNCTION modelops_kept();")
        yield (f"CREATE TRIGGER modelops_{name}_not_emptied BEFORE TRUNCATE ON modelops_{name} "
               "FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept();")


def _kept_on_sqlite() -> Iterator[str]:
    seen = sa.inspect(op.get_bind())
    for name, changes in CHANGES.items():
        table = f"modelops_{name}"
        fixed = [column["name"] for column in seen.get_columns(table) if column["name"] not in changes]
        differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in fixed)
        yield (f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} WHEN {differs} "
               f"BEGIN SELECT RAISE(ABORT, 'the database refuses: what a row of {table} says is fixed'); END")
        yield (f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
               f"BEGIN SELECT RAISE(ABORT, 'the database refuses: rows of {table} are kept'); END")
        same = " OR ".join(f"({one})" for one in UNIQUE.get(name, ("o.id = NEW.id",)))
        key = "fingerprint" if name == "key" else "digest" if name == "document" else "id"
        for verb, others in (("INSERT", ""), ("UPDATE", f' AND o."{key}" IS NOT OLD."{key}"')):
            yield (f"CREATE TRIGGER {table}_not_replaced_{verb.lower()} BEFORE {verb} ON {table} "  # noqa: S608 - our own names
                   f"WHEN EXISTS (SELECT 1 FROM {table} o WHERE ({same}){others}) "
                   f"BEGIN SELECT RAISE(ABORT, 'the database refuses: a row of {table} is there already'); END")


def _permitted_on_sqlite() -> Iterator[str]:
    refusals = " ".join(f"WHEN '{reason}' THEN RAISE(ABORT, 'the database refuses the deployment: {reason}')" for reason in REASONS)
    asks = (f"BEGIN SELECT CASE reason WHEN '' THEN 0 {refusals} ELSE RAISE(ABORT, 'the database refuses the deployment') END "  # noqa: S608 - our own words
            "FROM modelops_deployment_reason WHERE deployment = NEW.id; END")
    yield f"CREATE TRIGGER modelops_deployment_permitted_insert AFTER INSERT ON modelops_deployment {asks}"
    yield ("CREATE TRIGGER modelops_deployment_permitted_update AFTER UPDATE ON modelops_deployment "
           f"WHEN NEW.state IS NOT OLD.state OR NEW.epoch IS NOT OLD.epoch {asks}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
