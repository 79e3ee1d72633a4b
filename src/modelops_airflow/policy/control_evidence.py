"""What statuses of controls are worked out from: steps that were run, gates that were decided, waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..measurement import Measurement


@dataclass(frozen=True)
class StepEvidence:
    """What a step of a run came to.

    Attributes:
        measurement: None where its evidence cannot be read.
    """

    uses: str
    verdict: str | None
    at: datetime
    measurement: Measurement | None = None


@dataclass(frozen=True)
class GateEvidence:
    """Where a gate of a run stands.

    Attributes:
        state: open, approved, rejected; void counts as open.
        controls: those that its decision covers, as the plan of the run has them.
    """

    step: str
    state: str
    roles: Mapping[str, int]
    controls: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class RunEvidence:
    """The last run of a life cycle that says something."""

    steps: tuple[StepEvidence, ...] = ()
    gates: tuple[GateEvidence, ...] = ()


@dataclass(frozen=True)
class Waiver:
    """Leave not to meet a control until a moment.

    Attributes:
        number, terms: of the waiver in the register, and the digest of what was asked for; none where no register knows it.
        content: digest of what the control asked when the waiver was asked for; of other content it is no waiver.
    """

    pack: str
    control: str
    until: datetime
    reason: str
    number: int = 0
    terms: str = ""
    content: str = ""
