"""Who may do what: governance as it was put in force, people's keys, and the documents that digests name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import EMPTY, NOW


class Document(Base):
    """A canonical JSON document by its digest: plans, governance, model files, subjects."""

    __tablename__ = "modelops_document"
    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    body: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class GovernanceRow(Base):
    """One state of governance.yaml; at most one is active and one pending."""

    __tablename__ = "modelops_governance"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))
    state: Mapped[str] = mapped_column(String(20))  # pending, active, superseded
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    activated_by: Mapped[str | None] = mapped_column(String(200))
    activated_at: Mapped[datetime | None]
    confirmed_by: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # persons, where it takes two
    changed_by: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # names of who wrote the change
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))  # {"holders": {role: []}, "names": {person: []}} for SQL
    __table_args__ = (
        CheckConstraint("state IN ('pending','active','superseded')", name="state"),
        Index("uq_modelops_governance_active", "state", unique=True,
              sqlite_where=text("state = 'active'"), postgresql_where=text("state = 'active'")),
        Index("uq_modelops_governance_pending", "state", unique=True,
              sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
    )


class KeyRow(Base):
    """A person's public key; it counts once a second person has confirmed it."""

    __tablename__ = "modelops_key"
    fingerprint: Mapped[str] = mapped_column(String(71), primary_key=True)
    person: Mapped[str] = mapped_column(String(100), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # ed25519, passkey
    public: Mapped[bytes]  # 32 raw bytes, or a passkey's COSE key
    credential: Mapped[bytes | None]  # a passkey's credential id
    counter: Mapped[int] = mapped_column(default=0)  # a passkey's last signature counter
    label: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="pending")
    proposed_by: Mapped[str] = mapped_column(String(300))
    proposed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    activated_by: Mapped[str | None] = mapped_column(String(300))
    activated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('pending','active','revoked')", name="state"),
        CheckConstraint("kind IN ('ed25519','passkey')", name="kind"),
    )
