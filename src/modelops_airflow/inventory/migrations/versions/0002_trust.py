"""Columns and tables of the trust kernel: checkpoints, signatures, keys, break-glass, provenance."""

from __future__ import annotations

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NOW = sa.text("CURRENT_TIMESTAMP")
_EMPTY_LIST = sa.text("'[]'")
_EMPTY_OBJECT = sa.text("'{}'")


def _utc() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_column("modelops_event", "root")  # the frontier has it
    op.create_table(
        "modelops_checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("anchors", sa.JSON(), nullable=False),
        sa.Column("at", _utc(), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_checkpoint"),
    )
    op.create_table(
        "modelops_key",
        sa.Column("fingerprint", sa.String(71), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.String(300), nullable=False),
        sa.Column("proposed_at", _utc(), server_default=_NOW, nullable=False),
        sa.Column("activated_by", sa.String(300), nullable=True),
        sa.Column("activated_at", _utc(), nullable=True),
        sa.Column("revoked_at", _utc(), nullable=True),
        sa.CheckConstraint("state IN ('pending','active','revoked')", name=op.f("ck_modelops_key_state")),
        sa.CheckConstraint("kind IN ('ed25519','passkey')", name=op.f("ck_modelops_key_kind")),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_modelops_key"),
    )
    op.create_index("ix_modelops_key_person", "modelops_key", ["person"])
    op.create_table(
        "modelops_break_glass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(71), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("at", _utc(), server_default=_NOW, nullable=False),
        sa.Column("due_at", _utc(), nullable=False),
        sa.Column("closed_at", _utc(), nullable=True),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_modelops_break_glass_reason")),
        sa.ForeignKeyConstraint(["run"], ["modelops_run.id"], name="fk_modelops_break_glass_run"),
        sa.PrimaryKeyConstraint("id", name="pk_modelops_break_glass"),
    )
    for column in ("run", "model_id", "subject"):
        op.create_index(f"ix_modelops_break_glass_{column}", "modelops_break_glass", [column])
    op.create_table(
        "modelops_rate",
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("window_start", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("who", "window_start", name="pk_modelops_rate"),
    )
    for table, column, empty in (
        ("governance", "confirmed_by", _EMPTY_LIST), ("governance", "changed_by", _EMPTY_LIST),
        ("governance", "facts", _EMPTY_OBJECT), ("version", "folded_authors", _EMPTY_LIST),
        ("decision", "conditions", _EMPTY_LIST),
    ):
        op.add_column(f"modelops_{table}", sa.Column(column, sa.JSON(), server_default=empty, nullable=False))
    op.add_column("modelops_run", sa.Column("design", sa.String(71), nullable=True))
    op.add_column("modelops_run", sa.Column("provenance", sa.JSON(), server_default=_EMPTY_LIST, nullable=False))
    op.add_column("modelops_decision", sa.Column("nth", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("modelops_decision", sa.Column("statement", sa.String(71), nullable=True))
    op.add_column("modelops_decision", sa.Column("envelope", sa.JSON(), nullable=True))
    _fill()


def _fill() -> None:
    """What SQL needs of rows that are there already; written out here because a migration never changes."""
    bind = op.get_bind()
    for key, authors in bind.execute(sa.text("SELECT id, authors FROM modelops_version")).all():
        names = json.loads(authors) if isinstance(authors, str) else authors
        bind.execute(sa.text("UPDATE modelops_version SET folded_authors = :names WHERE id = :key"),
                     {"names": json.dumps(sorted({_folded(name) for name, _ in names})), "key": key})
    rows = bind.execute(sa.text(
        "SELECT g.id, d.body FROM modelops_governance g JOIN modelops_document d ON d.digest = g.digest"))
    for key, body in rows.all():
        bind.execute(sa.text("UPDATE modelops_governance SET facts = :facts WHERE id = :key"),
                     {"facts": json.dumps(_facts(json.loads(bytes(body)))), "key": key})


def _facts(governance):
    roles = governance["roles"]
    makers = {person for role in roles.values() if role["side"] == "make" for person in role.get("held_by", ())}
    holders = {name: sorted(role.get("held_by", ())) for name, role in roles.items()}
    holders["control"] = sorted({person for name, role in roles.items() if role["side"] == "control" and name != "reader"
                                 for person in role.get("held_by", ())} - makers)
    names = {}
    for person, facts in governance["people"].items():
        logins = facts["login"]
        known = [person, facts.get("name", ""), *facts.get("git", ()), *logins.values(),
                 *(f"{manager}:{login}" for manager, login in logins.items())]
        names[person] = sorted({_folded(name) for name in known if name.strip()})
    return {"holders": holders, "names": names}


def _folded(identity):
    seen = "".join(char for char in unicodedata.normalize("NFKC", identity) if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", seen.casefold()).strip()


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
