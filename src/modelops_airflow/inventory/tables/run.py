"""Runs of life cycles, what their steps came to, and the packs that were made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import EMPTY, NOW


class RunRow(Base):
    """One run of a life cycle; its plan is fixed by the first write."""

    __tablename__ = "modelops_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    dag_id: Mapped[str] = mapped_column(String(250))
    run_id: Mapped[str] = mapped_column(String(250))
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    lifecycle: Mapped[str] = mapped_column(String(100))
    version_id: Mapped[int] = mapped_column(ForeignKey("modelops_version.id"), index=True)
    plan: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))  # of the whole plan
    approved_plan: Mapped[str] = mapped_column(String(71))  # of what approvals cover
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(server_default=NOW)
    artifact: Mapped[str] = mapped_column(String(71))
    environment: Mapped[str | None] = mapped_column(String(100))
    manifest: Mapped[str | None] = mapped_column(String(71))
    subject: Mapped[str | None] = mapped_column(String(71), index=True)
    verdict: Mapped[str | None] = mapped_column(String(20))
    warned: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime | None]
    design: Mapped[str | None] = mapped_column(String(71))  # of the test design, fixed before any result
    provenance: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # who wrote the files, as git has it
    as_of: Mapped[str | None] = mapped_column(String(10))  # the past day whose policies were asked; such a run never speaks for the model of today
    __table_args__ = (UniqueConstraint("dag_id", "run_id"),)


class ResultRow(Base):
    """What one step of one run came to; the evidence itself is in the store."""

    __tablename__ = "modelops_result"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))
    uses: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))  # measured, done, error, not_applicable
    verdict: Mapped[str | None] = mapped_column(String(20))
    warned: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str | None] = mapped_column(String(71))
    products: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name -> digest
    judgements: Mapped[list[Any]] = mapped_column(default=list)  # what each requirement said
    message: Mapped[str] = mapped_column(String(2000), default="")
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    current: Mapped[bool] = mapped_column(default=True)  # False once a later attempt replaced it
    __table_args__ = (
        Index("uq_modelops_result_current", "run", "step", unique=True,
              sqlite_where=text("current = 1"), postgresql_where=text("current")),
    )


class PackRow(Base):
    """An evidence pack that was made."""

    __tablename__ = "modelops_pack"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    digest: Mapped[str] = mapped_column(String(71))
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class ImportedPackRow(Base):
    """A pack of another installation that was verified and taken in. It is evidence to look at, and no decision."""

    __tablename__ = "modelops_imported_pack"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(71), unique=True)  # of its bytes, in the store
    environment: Mapped[str] = mapped_column(String(100))
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    signer: Mapped[str] = mapped_column(String(71))  # fingerprint of the key that signed it
    subject: Mapped[str] = mapped_column(String(71))
    verdict: Mapped[str] = mapped_column(String(20))
    run: Mapped[str] = mapped_column(String(510))  # DAG and id, there
    made_at: Mapped[datetime]  # by the sender's clock
    told: Mapped[dict[str, Any]]  # {"gates": {...}, "level": "L1", "ledger": "self-attested", "gaps": [...]}
    imported_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
