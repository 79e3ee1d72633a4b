"""Messages until they are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import NOW


class NoticeRow(Base):
    """A message to one recipient, until it was sent. No record: the ledger has what was sent."""

    __tablename__ = "modelops_notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(71), unique=True)  # digest of event, level and recipient: nobody is told twice
    about: Mapped[str] = mapped_column(String(40))
    model_id: Mapped[str | None] = mapped_column(String(100))
    connection: Mapped[str] = mapped_column(String(200))
    notifier: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(320))
    message: Mapped[dict[str, Any]]  # plain texts
    state: Mapped[str] = mapped_column(String(20), index=True)  # waiting, sent, void
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]  # not before
    claimed_until: Mapped[datetime | None]  # a sender has it until then
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    trouble: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(server_default=NOW)
