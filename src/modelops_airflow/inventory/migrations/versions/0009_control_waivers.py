"""Waivers of controls, and which decisions rest on them; the guard of deployments asks whether they still count.

Words of guards that are there are changed where they stand, so that what other migrations added to them stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parents[1] / "sql"

_NOW = sa.text("CURRENT_TIMESTAMP")
_FIXED = {
    "waiver": ("id", "model_id", "pack", "control", "terms", "ends_at", "asked_by", "at"),
    "waived": ("id", "run", "manifest", "step", "pack", "control", "waiver", "terms"),
}
_CHANGES = {"waiver": ("state",), "waived": ()}
_SAME = {"waiver": "o.id = NEW.id", "waived": "o.id = NEW.id OR (o.run = NEW.run AND o.manifest = NEW.manifest AND o.step = NEW.step AND o.waiver = NEW.waiver)"}

_PEOPLE = ("control-waiver-asked", "control-waiver-accepted", "control-waiver-rejected", "control-waiver-revoked",
           "restricted-by-person", "conditions-met", "overlay-proposed", "overlay-approved", "overlay-rejected", "overlay-renewed", "overlay-exited")
"""Kinds of events that only the API server tells."""
_TASKS = ("restricted",)
_LOOKED_UP = {
    "control-waiver-asked": ("by", "control", "needed", "pack", "terms", "until", "waiver"),
    "control-waiver-accepted": ("by", "waiver"),
    "control-waiver-rejected": ("by", "waiver"),
    "control-waiver-revoked": ("by", "waiver"),
    "restricted": ("by", "terms", "until", "version"),
    "restricted-by-person": ("by", "terms", "until", "version"),
    "conditions-met": ("by", "restriction", "version"),
    "overlay-proposed": ("approver", "by", "name", "owner", "start", "terms", "until"),
    "overlay-approved": ("by", "name"),
    "overlay-rejected": ("by", "name"),
    "overlay-renewed": ("by", "name", "until"),
    "overlay-exited": ("by", "name"),
}
_STATES = ("v.state NOT IN ('waiting', 'approved', 'in_use')", "v.state NOT IN ('waiting', 'approved', 'conditional', 'in_use', 'restricted')")


def upgrade() -> None:
    op.create_table(
        "modelops_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("pack", sa.String(100), nullable=False),
        sa.Column("control", sa.String(60), nullable=False),
        sa.Column("terms", sa.String(71), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("state IN ('requested','active','rejected','revoked')", name="state"),
        sa.ForeignKeyConstraint(["model_id"], ["modelops_model.id"], name="fk_modelops_waiver_model_id"),
        sa.ForeignKeyConstraint(["terms"], ["modelops_document.digest"], name="fk_modelops_waiver_terms"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_waiver"),
    )
    op.create_index("ix_modelops_waiver_model_id", "modelops_waiver", ["model_id"])
    op.create_table(
        "modelops_waived",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.String(71), nullable=False),
        sa.Column("step", sa.String(100), nullable=False),
        sa.Column("pack", sa.String(100), nullable=False),
        sa.Column("control", sa.String(60), nullable=False),
        sa.Column("waiver", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(71), nullable=False),
        *(sa.ForeignKeyConstraint([column], [f"modelops_{column}.id"], name=f"fk_modelops_waived_{column}") for column in ("run", "waiver")),
        sa.UniqueConstraint("run", "manifest", "step", "waiver", name="uq_modelops_waived_run_manifest_step_waiver"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_waived"),
    )
    op.create_index("ix_modelops_waived_run", "modelops_waived", ["run"])
    bind = op.get_bind().execution_options(no_parameters=True)
    for statement in _on_sqlite() if bind.dialect.name == "sqlite" else _on_postgres(bind):
        bind.exec_driver_sql(statement)


def _on_sqlite() -> Iterator[str]:
    for name, fixed in _FIXED.items():
        table, refused = f"modelops_{name}", "BEGIN SELECT RAISE(ABORT, 'the database refuses: {}'); END".format
        differs = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in fixed)
        yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} WHEN {differs} {refused(f'what a row of {table} says is fixed')}"
        yield f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refused(f'rows of {table} are kept')}"
        yield (f"CREATE TRIGGER {table}_not_replaced_insert BEFORE INSERT ON {table} "  # noqa: S608 - our own names
               f"WHEN EXISTS (SELECT 1 FROM {table} o WHERE {_SAME[name]}) {refused(f'a row of {table} is there already')}")
    yield "DROP VIEW modelops_deployment_reason"  # it asks the other view; made again as 0005 has it
    yield "DROP VIEW modelops_permission"
    yield _permission("sqlite")
    script = (SQL / "0005_canaries.sqlite.sql").read_text(encoding="utf-8")
    yield script[script.index("CREATE VIEW modelops_deployment_reason"):]


def _on_postgres(bind: sa.Connection) -> Iterator[str]:
    for name, changes in _CHANGES.items():
        table, columns = f"modelops_{name}", ", ".join(f"'{column}'" for column in changes)
        yield f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION modelops_fixed({columns})"
        yield f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION modelops_kept()"
        yield f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION modelops_kept()"
    yield _permission("postgres").replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)
    people, tasks = (", ".join(f"'{kind}'" for kind in kinds) for kinds in (_PEOPLE, _TASKS))
    told = _changed(_definition(bind, "modelops_may_tell"), "'waiver-accepted'", f"{people}, 'waiver-accepted'")
    yield _changed(told, "'legacy-declared'", f"{tasks}, 'legacy-declared'")
    lines = "\n".join(f"    WHEN '{kind}' THEN ARRAY[{', '.join(repr(name) for name in names)}]" for kind, names in _LOOKED_UP.items())
    yield _changed(_definition(bind, "modelops_looked_up"), "    ELSE ARRAY[]::text[]", f"{lines}\n    ELSE ARRAY[]::text[]")
    schema = bind.scalar(sa.text("SELECT quote_ident(current_schema())"))
    yield (SQL / "0009_restrictions.postgres.sql").read_text(encoding="utf-8").replace("@schema@", str(schema))


def _permission(dialect: str) -> str:
    """The view of 0003, in which a step that did not pass may rest on waivers that count, and a version may be conditional or restricted."""
    script = (SQL / f"0003_permission.{dialect}.sql").read_text(encoding="utf-8")
    start = script.index("CREATE VIEW modelops_permission")
    view = _changed(script[start:script.index(";\n", start)], *_STATES)
    named, now, ends, required, origin = {
        "sqlite": ("json_extract(s.value, '$.id')", "julianday('now')", "julianday(k.ends_at)", "SELECT 1 FROM json_each(s.value, '$.required_by') q WHERE q.value",
                   "SELECT 1 FROM json_each(s.value, '$.requirements') q, json_each(q.value, '$.among') a WHERE json_extract(a.value, '$.origin')"),
        "postgres": ("s.step ->> 'id'", "clock_timestamp()", "k.ends_at",
                     "SELECT 1 FROM jsonb_path_query(s.step, '$.required_by[*]') AS q(one) WHERE q.one #>> '{}'",
                     "SELECT 1 FROM jsonb_path_query(s.step, '$.requirements[*].among[*].origin') AS q(one) WHERE q.one #>> '{}'")}[dialect]
    passes, rest = "AND (x.verdict = 'pass' OR ", f"w.run = r.id AND w.manifest = r.manifest AND w.step = {named}"
    counts = f"k.id = w.waiver AND k.model_id = r.model_id AND k.terms = w.terms AND k.state = 'active' AND {ends} > {now}"
    words = "w.pack || ' ' || w.control"
    counts += f" AND (EXISTS ({required} = {words}) OR EXISTS ({origin} = {words}))"  # the control asks for the step
    waived = (f"(EXISTS (SELECT 1 FROM modelops_waived w WHERE {rest}) AND NOT EXISTS (SELECT 1 FROM modelops_waived w WHERE {rest}"  # noqa: S608
              f" AND NOT EXISTS (SELECT 1 FROM modelops_waiver k WHERE {counts}))) OR ")
    return _changed(view, passes, passes + waived)


def _definition(bind: sa.Connection, name: str) -> str:
    """A function as it stands, with all that earlier migrations made of it."""
    return str(bind.scalar(sa.text(f"SELECT pg_get_functiondef('{name}(text)'::regprocedure)")))


def _changed(script: str, before: str, after: str) -> str:
    if script.count(before) != 1:
        raise RuntimeError(f"a guard of this register does not have {before!r} once, so it was changed by hand; put it back and migrate again")
    return script.replace(before, after)


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
