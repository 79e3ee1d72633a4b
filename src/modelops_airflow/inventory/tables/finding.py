"""What is to be put right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import NOW


class FindingRow(Base):
    """Something that somebody must put right: opened by a person, or by a machine that observes it.

    What people did to it is in the ledger, and `state`, `due_at` and `expires_at` repeat that to be searched in.
    """

    __tablename__ = "modelops_finding"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    kind: Mapped[str] = mapped_column(String(50))
    severity: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(2000))
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW)
    closed_at: Mapped[datetime | None]
    flips: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # how often it was over and came back while it is open
    calm_since: Mapped[datetime | None]  # since when it is over, if it comes and goes
    title: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    state: Mapped[str] = mapped_column(String(30), default="open", server_default=text("'open'"))  # policy/finding_rules.py
    owner: Mapped[str | None] = mapped_column(String(100))  # of the model, when it was last acted on
    raised_by: Mapped[str | None] = mapped_column(String(200))  # the person who opened it; None where a machine did
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # when the acceptance of its risk ends
    ended: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))  # by whom or by what observation it was closed
    __table_args__ = (
        Index("uq_modelops_finding_open", "model_id", "kind", unique=True,
              sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )
