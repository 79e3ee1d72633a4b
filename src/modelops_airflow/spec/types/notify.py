"""Who is told of what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .word import Duration, Id, Strict, Tier

About = Literal[
    "gate-opened", "gate-due", "gate-overdue", "run-failed", "file-broken", "governance-waits", "deployed", "deploy-failed", "rolled-back", "stopped",
    "finding-opened", "finding-reopened", "finding-due", "finding-overdue", "review-due", "review-overdue", "recertification-failed",
    "restriction-due", "restriction-overdue", "overlay-due", "overlay-overdue", "waiver-due", "waiver-overdue", "approval-due", "approval-overdue", "emergency-due", "emergency-overdue",
    "incident-opened", "clock-due", "clock-overdue",
]


ConnectionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=200)]
Recipient = Annotated[str, Field(min_length=1, max_length=320)]


class Escalate(Strict):
    """Who is told, once, when something is still overdue after a while."""

    after: Duration = Field(description="how long after the due date")
    to: tuple[Recipient, ...] = Field(default=(), description="as `to` of the entry")
    connection: ConnectionName | None = Field(default=None, description="another connection than the entry's")


class Notify(Strict):
    """Who is told of what, through a notifier and a connection of Airflow."""

    notifier: Literal["smtp", "slack", "slack-webhook"]
    connection: ConnectionName = Field(description="Airflow's connection, which has server, sender and secrets")
    to: tuple[Recipient, ...] = Field(default=(), description="smtp: mail addresses; slack: channels; slack-webhook: none, the webhook says where")
    about: Annotated[tuple[About, ...], Field(min_length=1)]
    tiers: tuple[Tier, ...] | None = Field(default=None, description="of models of these tiers alone")
    models: tuple[Id, ...] | None = Field(default=None, description="of these models alone")
    ahead: Duration = Field(default="P3D", description="how long before a due date it is told")
    escalate: Escalate | None = None
