"""What people are asked, what they decided, and what was released before they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import EMPTY, NOW
from .state import GateState


class GateRow(Base):
    """One gate of one run: what is asked, of whom, over which subject."""

    __tablename__ = "modelops_gate"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(71), index=True)
    meaning: Mapped[str] = mapped_column(String(20))  # validate, approve, attest
    rules: Mapped[dict[str, Any]]  # {"roles": {...}, "valid": "P90D"}
    state: Mapped[str] = mapped_column(String(20), default=GateState.OPEN.value)
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW)
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("run", "step"),)


class DecisionRow(Base):
    """One person's signed statement at a gate; only its author may withdraw it."""

    __tablename__ = "modelops_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    gate: Mapped[int] = mapped_column(ForeignKey("modelops_gate.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))  # the gate's step id: decisions belong to (subject, step)
    subject: Mapped[str] = mapped_column(String(71), index=True)
    person: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(String(20))
    meaning: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(4000), default="")
    auth: Mapped[str] = mapped_column(String(300))  # auth manager and user id
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    conditions: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # what must be done while the approval lasts
    nth: Mapped[int] = mapped_column(default=1, server_default=text("1"))  # the person's how-manieth decision at (subject, step)
    statement: Mapped[str | None] = mapped_column(String(71))  # digest of the document that was signed
    envelope: Mapped[dict[str, Any] | None]  # DSSE with every signature
    __table_args__ = (
        CheckConstraint("decision IN ('approve','reject')", name="decision"),
        CheckConstraint("length(person) > 0", name="person"),
        Index("uq_modelops_decision_once", "subject", "step", "person", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
    )


class BreakGlassRow(Base):
    """One person's emergency release; it demands the missing approvals until `due_at`."""

    __tablename__ = "modelops_break_glass"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    model_id: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str] = mapped_column(String(71), index=True)
    person: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("length(reason) > 0", name="reason"),)
