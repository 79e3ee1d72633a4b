"""The fence of a model in Kubernetes: the highest epoch that was begun, kept in its record, and who is refused by it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from ..errors import TargetError
from .epoch_record import Live, Record, Records
from .inference_service import Notes, Service
from .kubernetes import Outrun

TRIES = 20
"""How often a write is tried again that somebody else came before, such as KServe with a status."""


class TooLate(TargetError):
    """A later deployment or stop came first."""


@dataclass(frozen=True)
class Fence:
    """Attributes:
    name: of the InferenceService.
    """

    records: Records
    name: str
    model: str

    def judge(self, epoch: int, service: Service | None) -> Record:
        """The record, if a deployment of an epoch may go on.

        Raises:
            TooLate: it may not.
        """
        return self._judged(epoch, service, stop=False)

    def begin(self, wanted: Live, service: Service) -> Record:
        """Raise the epoch, and keep what may have to be put back."""
        epoch = wanted.notes.epoch
        return self._written(epoch, service, lambda record: replace(record, epoch=epoch, stop=False, live=_former(record, service, wanted.notes)))

    def confirm(self, wanted: Live) -> None:
        """Remember that it is rolled out."""
        self._written(wanted.notes.epoch, None, lambda record: replace(record, live=wanted))

    def stop(self, epoch: int, service: Service | None) -> None:
        """Raise the epoch, so that no deployment of it goes on either."""
        self._written(epoch, service, lambda record: Record(epoch, True, resource=record.resource), stop=True)

    def _written(self, epoch: int, service: Service | None, change: Callable[[Record], Record], *, stop: bool = False) -> Record:
        for _ in range(TRIES):
            record = self._judged(epoch, service, stop=stop)
            changed = change(record)
            if changed == record:
                return record
            with suppress(Outrun):
                return self.records.write(self.name, changed)
        raise restless(self.name)

    def _judged(self, epoch: int, service: Service | None, *, stop: bool) -> Record:
        record = self.records.read(self.name)
        # The annotation counts where the record was lost.
        seen = max(record.epoch, service.notes.epoch if service is not None and service.notes is not None and not record.resource else 0)
        if seen > epoch or (record.epoch == epoch and record.stop and not stop):
            raise TooLate(f"the fence is stale: epoch {epoch} of {self.model}, the target has seen {seen}; a later deployment or stop came first")
        return record


def restless(name: str) -> TargetError:
    """The error of something that others write all the time."""
    return TargetError(f"InferenceService {name} or its record changes each time that we look; try again")


def _former(record: Record, service: Service, wanted: Notes) -> Live | None:
    """What is put back if it comes to that: what was confirmed, or what was rolled out by a deployer that did not come to say so."""
    notes = service.notes
    if notes is None:
        return None
    known = record.live is not None and record.live.notes == notes
    if known or notes == wanted or not service.status.rolled(notes) or service.others:
        return record.live
    return Live(notes, {key: one for key, one in service.predictor.items() if key != "canaryTrafficPercent"})
