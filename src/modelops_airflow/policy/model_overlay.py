"""Overlays: adjustments of a model's output after it has answered (PRA SS1/23, principle 5, post-model adjustments). Pure.

Acts in, the overlay after them out. An overlay has an owner and an approver, who is somebody else; it ends by itself with its last day,
which is worked out when somebody asks, and may be renewed, which is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from ..errors import Refused
from .waiver import end_of

PROPOSED, ACTIVE, REJECTED, EXITED, EXPIRED = "proposed", "active", "rejected", "exited", "expired"
RENEWALS = 2
"""From so many renewals on an overlay is a finding: the model should have been changed."""


@dataclass(frozen=True)
class ModelOverlay:
    """One overlay of one model.

    Attributes:
        name: within the model.
        terms: digest of the words: what, why, size, method, exit criteria.
        start, until: the first and the last day.
        stored: proposed, active, rejected or exited; that it has expired is worked out.
    """

    model: str
    name: str
    terms: str
    owner: str
    approver: str
    start: date
    until: date
    stored: str = PROPOSED
    renewals: int = 0

    def state(self, at: datetime) -> str:
        """Where it stands at a moment."""
        if self.stored in (PROPOSED, ACTIVE) and at >= end_of(self.until):
            return EXPIRED
        return self.stored

    def approved(self, by: str, at: datetime) -> ModelOverlay:
        """Once its approver has approved it.

        Raises:
            Refused: it is not proposed, or this is not its approver.
        """
        self._is(PROPOSED, at)
        self._by_approver(by)
        return replace(self, stored=ACTIVE)

    def rejected(self, by: str, at: datetime) -> ModelOverlay:
        """Once its approver has rejected it.

        Raises:
            Refused: it is not proposed, or this is not its approver.
        """
        self._is(PROPOSED, at)
        self._by_approver(by)
        return replace(self, stored=REJECTED)

    def renewed(self, by: str, until: date, at: datetime) -> ModelOverlay:
        """Once its approver has reviewed it and let it last longer.

        Raises:
            Refused: it is not active, this is not its approver, or the day is no later one.
        """
        self._is(ACTIVE, at)
        self._by_approver(by)
        if until <= self.until:
            raise Refused(f"overlay {self.name} lasts until {self.until}; a renewal names a later day", "expiry", self.model)
        return replace(self, until=until, renewals=self.renewals + 1)

    def exited(self, by: str, at: datetime) -> ModelOverlay:
        """Once its owner has ended it: its exit criteria are met.

        Raises:
            Refused: it is not active, or this is not its owner.
        """
        self._is(ACTIVE, at)
        if by != self.owner:
            raise Refused(f"{self.owner} owns overlay {self.name} and says that its exit criteria are met", "role", self.model)
        return replace(self, stored=EXITED)

    def _is(self, state: str, at: datetime) -> None:
        if self.state(at) != state:
            raise Refused(f"overlay {self.name} is {self.state(at)}, not {state}", "state", self.model)

    def _by_approver(self, by: str) -> None:
        if by != self.approver or by == self.owner:
            raise Refused(f"{self.approver} decides over overlay {self.name}", "role", self.model)
