"""The words of states."""

from __future__ import annotations

from enum import StrEnum


class VersionState(StrEnum):
    """Where a version stands."""

    REGISTERED = "registered"
    VALIDATING = "validating"
    WAITING = "waiting"
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"
    IN_USE = "in_use"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class RecertificationState(StrEnum):
    """Where one model's re-certification stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


class DeploymentState(StrEnum):
    """Where one deployment stands."""

    INTENT = "intent"
    PUBLISHING = "publishing"
    LIVE = "live"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class GateState(StrEnum):
    """Where one gate of a run stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"
