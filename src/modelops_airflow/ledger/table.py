"""The tables of events and of checkpoints over them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, TypeDecorator, func
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base
from .tree import root_of


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
    at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    __table_args__ = (CheckConstraint("outcome IN ('done','denied')", name="outcome"),)

    @property
    def root(self) -> str:
        """Tree hash over all events up to this one."""
        return root_of([bytes.fromhex(part) for part in self.frontier]).hex()


class NotedAnchors(TypeDecorator[list[dict[str, str]]]):
    """Where a checkpoint is said to be kept. Tasks may write it, so what has not the form of a claim is left out."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Any, dialect: object) -> list[dict[str, str]]:
        """The claims of a row."""
        told = value if isinstance(value, list) else []
        return [one for one in told if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("anchor", "class", "at"))]


class CheckpointRow(Base):
    """A signed statement of the tree's size and root, and where outside the database it was anchored."""

    __tablename__ = "modelops_checkpoint"
    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]  # C2SP signed note
    anchors: Mapped[list[Any]] = mapped_column(NotedAnchors, default=list)  # [{"anchor":, "class":, "at":}]
    at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    stamp: Mapped[bytes | None]  # RFC 3161 response over the note
