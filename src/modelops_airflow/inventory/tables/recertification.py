"""Who is to be looked at again after a change of rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from .default import EMPTY, NOW
from .state import RecertificationState


class CampaignRow(Base):
    """One look at what changed rules make of the fleet; the last one's `inputs` say whether there is anything new to look at."""

    __tablename__ = "modelops_campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    inputs: Mapped[str] = mapped_column(String(71))  # digest of everything that plans and what is in use depend on
    looked_at: Mapped[int]  # models in use
    affected: Mapped[int]
    unreadable: Mapped[int]  # models whose file is broken: nothing can be told of them
    list: Mapped[str | None] = mapped_column(String(71))  # digest of the document of what it put on the queue or took off it
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class RecertificationRow(Base):
    """One model that a change of rules makes uncertain, once for each such change."""

    __tablename__ = "modelops_recertification"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[int] = mapped_column(ForeignKey("modelops_campaign.id"), index=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    cause: Mapped[str] = mapped_column(String(71))  # digest of model, standing run and plan as it is now
    standing: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"))  # the run whose verdict stood
    before: Mapped[str] = mapped_column(String(71))  # digest of that run's plan
    after: Mapped[str | None] = mapped_column(String(71))  # of the plan as it is now; none where its life cycle is gone
    verdict_before: Mapped[str] = mapped_column(String(20))
    expected: Mapped[str] = mapped_column(String(20))  # verdict, or `needs a fresh run`
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default=EMPTY)  # what differs, one line each
    tier: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default=RecertificationState.WAITING.value, index=True)
    attempt: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    starts: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # of this attempt; more than one where a start got lost
    dag_id: Mapped[str | None] = mapped_column(String(250))  # that looks at the version in use; none where the model has no such life cycle
    run_id: Mapped[str | None] = mapped_column(String(250))
    lease_holder: Mapped[str | None] = mapped_column(String(300))
    lease_until: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(20))  # that its run came to
    reason: Mapped[str] = mapped_column(String(2000), default="", server_default=text("''"))  # why it failed, or is not needed
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("model_id", "cause"),
        CheckConstraint("state IN ('waiting','running','done','failed','not_needed')", name="state"),
    )
