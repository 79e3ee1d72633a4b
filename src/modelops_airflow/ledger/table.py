"""The table of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, func
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class EventRow(Base):
    """One event; its bytes are hashed as stored, and triggers refuse to change or delete it."""

    __tablename__ = "modelops_event"
    index: Mapped[int] = mapped_column("idx", primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(50), index=True)
    outcome: Mapped[str] = mapped_column(String(20))  # done, denied
    model_id: Mapped[str | None] = mapped_column(String(100), index=True)
    body: Mapped[bytes]  # RFC 8785 bytes
    leaf: Mapped[str] = mapped_column(String(64))
    frontier: Mapped[list[Any]]  # roots of the full subtrees up to this event, largest first
    root: Mapped[str] = mapped_column(String(64))  # tree hash over all events up to this one
    at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    __table_args__ = (CheckConstraint("outcome IN ('done','denied')", name="outcome"),)
