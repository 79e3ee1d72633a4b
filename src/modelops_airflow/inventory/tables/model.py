"""Models and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import EMPTY, NOW
from .state import VersionState


class ModelRow(Base):
    """A model as its file last said; `problems` is not empty while the file is broken."""

    __tablename__ = "modelops_model"
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(2000), default="")
    tier: Mapped[int | None]
    owner: Mapped[str | None] = mapped_column(String(100))
    team: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(500))
    present: Mapped[bool] = mapped_column(default=True)  # the file is there
    definition: Mapped[str | None] = mapped_column(ForeignKey("modelops_document.digest"))  # last valid one
    source: Mapped[str] = mapped_column(default="")  # YAML text of the last valid one, to show
    problems: Mapped[list[Any]] = mapped_column(default=list)
    dags: Mapped[list[Any]] = mapped_column(default=list)  # [{"lifecycle":, "dag_id":, "schedule":}]
    review_every: Mapped[str | None] = mapped_column(String(20))
    seen_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VersionRow(Base):
    """A version, bound to one artifact digest for ever."""

    __tablename__ = "modelops_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    artifact_name: Mapped[str] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20), default=VersionState.REGISTERED.value)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    authors: Mapped[list[Any]] = mapped_column(default=list)  # [[name, why], ...] cumulative
    registered_by: Mapped[str] = mapped_column(String(200))
    registered_at: Mapped[datetime] = mapped_column(server_default=NOW)
    folded_authors: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # their names as identities compare, for SQL
    __table_args__ = (UniqueConstraint("model_id", "version"),)
