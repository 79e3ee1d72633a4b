"""What went wrong, and what was done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import NOW


class IncidentRow(Base):
    """Something that went wrong with models and became known; where it stands is said by its entries."""

    __tablename__ = "modelops_incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # of policy/statutes.py, as it was opened
    severity: Mapped[str] = mapped_column(String(20))
    models: Mapped[list[Any]]  # ids
    known_at: Mapped[datetime]  # when it became known, as the person says: clocks run from it
    words: Mapped[str] = mapped_column(String(71))  # digest of the document {"title":, "happened":}
    person: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    __table_args__ = (CheckConstraint("length(person) > 0", name="person"),)


class IncidentEntryRow(Base):
    """What somebody did about an incident; never changed."""

    __tablename__ = "modelops_incident_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("modelops_incident.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))  # investigating, contained, notified, cause, corrected, classified, closed
    words: Mapped[str] = mapped_column(String(71))  # digest of the document {"words":, "authority":, "reference":}
    kind: Mapped[str | None] = mapped_column(String(30))  # classified: what it is now
    clock: Mapped[str | None] = mapped_column(String(40))  # notified: the clock that it answers
    report: Mapped[str | None] = mapped_column(String(71))  # notified: digest of the report's bytes
    sent_at: Mapped[datetime | None]  # notified: when it was sent, as the person says
    person: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    __table_args__ = (
        CheckConstraint("length(person) > 0", name="person"),
        Index("uq_modelops_incident_entry_closed", "incident", unique=True, sqlite_where=text("act = 'closed'"), postgresql_where=text("act = 'closed'")),
    )
