"""Waivers of controls, and decisions that rest on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import NOW


class WaiverRow(Base):
    """A waiver of one control of a model, as the ledger has it: the database's own guard of deployments asks here."""

    __tablename__ = "modelops_waiver"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    pack: Mapped[str] = mapped_column(String(100))
    control: Mapped[str] = mapped_column(String(60))
    terms: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))  # the words: why, what compensates, until when
    ends_at: Mapped[datetime]  # the moment at which its last day ends
    state: Mapped[str] = mapped_column(String(20), default="requested")  # requested, active, rejected, revoked; expired is worked out
    asked_by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    __table_args__ = (CheckConstraint("state IN ('requested','active','rejected','revoked')", name="state"),)


class WaivedRow(Base):
    """One waiver that a decision rests on, at one step; what the decision's manifest names."""

    __tablename__ = "modelops_waived"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    manifest: Mapped[str] = mapped_column(String(71))
    step: Mapped[str] = mapped_column(String(100))
    pack: Mapped[str] = mapped_column(String(100))
    control: Mapped[str] = mapped_column(String(60))
    waiver: Mapped[int] = mapped_column(ForeignKey("modelops_waiver.id"))
    terms: Mapped[str] = mapped_column(String(71))
    __table_args__ = (UniqueConstraint("run", "manifest", "step", "waiver"),)
