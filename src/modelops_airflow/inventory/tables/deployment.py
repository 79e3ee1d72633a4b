"""What is where: slots, deployments, what was scored, and when places were looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import NOW


class SlotRow(Base):
    """A model in an environment; its epoch only grows."""

    __tablename__ = "modelops_slot"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"))
    environment: Mapped[str] = mapped_column(String(100))
    epoch: Mapped[int] = mapped_column(default=0)
    __table_args__ = (UniqueConstraint("model_id", "environment"),)


class DeploymentRow(Base):
    """One deployment; at most one is live in a slot."""

    __tablename__ = "modelops_deployment"
    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("modelops_slot.id"), index=True)
    model_id: Mapped[str] = mapped_column(String(100), index=True)
    environment: Mapped[str] = mapped_column(String(100))
    version_id: Mapped[int] = mapped_column(ForeignKey("modelops_version.id"))
    run: Mapped[int | None] = mapped_column(ForeignKey("modelops_run.id"))
    artifact: Mapped[str] = mapped_column(String(71))
    subject: Mapped[str] = mapped_column(String(71))
    epoch: Mapped[int]
    cause: Mapped[str] = mapped_column(String(20))  # release, rollback
    state: Mapped[str] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(100))
    strength: Mapped[str] = mapped_column(String(20))  # enforced, gated, observed, declared
    observed: Mapped[str | None] = mapped_column(String(71))  # what was read back
    observed_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    key: Mapped[str] = mapped_column(String(71), unique=True)  # idempotency by meaning
    options: Mapped[dict[str, Any] | None]  # of the target: with it the place; none in rows of the first release
    __table_args__ = (
        Index("uq_modelops_deployment_live", "slot", unique=True,
              sqlite_where=text("state = 'live'"), postgresql_where=text("state = 'live'")),
    )


class ScoredRow(Base):
    """One interval of a slot that was scored, once: which version made which file."""

    __tablename__ = "modelops_scored"
    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("modelops_slot.id"))
    deployment: Mapped[int] = mapped_column(ForeignKey("modelops_deployment.id"))
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    epoch: Mapped[int]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    rows: Mapped[int]
    input: Mapped[str] = mapped_column(String(71))  # digest of what was read
    output: Mapped[str] = mapped_column(String(71))  # digest of the file
    file: Mapped[str] = mapped_column(String(500))  # below the place's own folder
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    __table_args__ = (UniqueConstraint("slot", "begins_at", "ends_at"),)


class ScanRow(Base):
    """When an environment's place was last looked at, and what it showed; written anew by each look."""

    __tablename__ = "modelops_scan"
    environment: Mapped[str] = mapped_column(String(100), primary_key=True)
    place: Mapped[str] = mapped_column(String(2000))
    shown: Mapped[int | None]  # models that it showed; None where it cannot be asked for all
    strays: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(2000), default="")
    looked_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]  # when it was last looked at without trouble
