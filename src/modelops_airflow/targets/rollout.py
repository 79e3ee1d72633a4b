"""One deployment to KServe: under the fence, in steps, with a bounded wait, and back to what was there if it is not ready.

The order is what makes the fence hold. Each write to an InferenceService looks at it first, then at the record, and writes under the
version that the look gave. Whoever comes later raises the record first and touches the InferenceService afterwards, so an older
deployer either sees the higher epoch, or its write is refused. Where there is no InferenceService yet, one that runs nothing is
made first, so that there always is a version to write under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from ..errors import TargetError
from .epoch_record import Live, Record, Records
from .fence import TRIES, Fence, TooLate, restless
from .inference_service import (
    KIND,
    MANAGER,
    RESERVER,
    REVISION,
    Notes,
    Service,
    applied,
    notes_of,
    reservation,
    service_of,
)
from .kubernetes import Kubernetes, Outrun

PAUSE = 2.0
"""Seconds between looks."""


@dataclass(frozen=True)
class Rollout:
    """Attributes:
    name: of the InferenceService.
    wait: seconds until it must be ready, or gone, after each step.
    bake: seconds that each step of a canary is watched.
    """

    api: Kubernetes
    name: str
    model: str
    wait: float
    bake: float

    @property
    def fence(self) -> Fence:
        """Who is refused."""
        return Fence(Records(self.api), self.name, self.model)

    def service(self) -> Service | None:
        """The InferenceService with what its revisions run; None if there is none."""
        found = self.api.get(KIND, self.name)
        if found is None:
            return None
        service = service_of(found, self.model)
        runs = {name: notes_of(self.api.get(REVISION, name)) for name in service.status.revisions}
        return replace(service, status=replace(service.status, runs=runs))

    def deploy(self, wanted: Live, canary: Sequence[int]) -> None:
        """Roll out, step by step.

        Args:
            canary: per cent of the requests, one step after the other, before all of them; left out where nothing was there before.

        Raises:
            TooLate: the fence is stale.
            TargetError: it was not ready in time, or did not stay so; what was there before is put back.
        """
        for percent in (*self._steps(wanted, canary), 100):
            record = self._apply(wanted, percent)
            why = self._waited(wanted.notes, percent) or (self._watched(wanted.notes, percent) if percent < 100 else "")
            if why:
                raise TargetError(f"InferenceService {self.name} did not serve version {wanted.notes.version} ({percent} % of the requests): {why}; "
                                  f"{self._put_back(wanted.notes, record, careful=percent < 100)}")
        self.fence.confirm(wanted)

    def stop(self, epoch: int) -> None:
        """Delete the InferenceService under a fence; it is waited for a moment, and whoever looks later sees when it is gone.

        Raises:
            TargetError: it has been going for too long.
        """
        self.fence.stop(epoch, self.service())
        for number in range(TRIES):
            service = self.service()
            if service is None or (service.deleting and not number):  # what was going before keeps no other stop waiting
                break
            if not service.deleting:
                with suppress(Outrun):
                    self.api.delete(KIND, self.name, service.uid, service.resource)
            sleep(PAUSE / 10)
        self._going(self.service())

    def _going(self, service: Service | None) -> None:
        if service is not None and not service.deleting:
            raise restless(self.name)
        if service is not None and service.deleting and datetime.now(UTC) - service.deleting >= timedelta(seconds=self.wait):
            raise TargetError(f"InferenceService {self.name} is not gone after {self.wait / 60:g} minutes; look at its finalizers and try again")

    def _steps(self, wanted: Live, canary: Sequence[int]) -> Sequence[int]:
        """The steps that are to be made now."""
        service = self.service()
        record = self.fence.judge(wanted.notes.epoch, service)
        if record.live is None or service is None or service.notes is None or record.live.notes == wanted.notes:
            return ()
        return () if service.notes == wanted.notes and service.status.rolled(wanted.notes) else canary

    def _apply(self, wanted: Live, percent: int) -> Record:
        """Write what is wanted; answers the record that it was written under."""
        for _ in range(TRIES):
            service = self.service()
            with suppress(Outrun):
                if service is None:
                    made = self.api.create(KIND, self.name, reservation(self.name, self.api.namespace, wanted.predictor["model"]["modelFormat"]["name"]), RESERVER)
                    service = service_of(made, self.model)
                if service.others:
                    raise self._foreign(service)
                if not service.deleting:
                    record = self._begun(wanted, service)
                    self._write(service, Live(wanted.notes, _sharing(wanted.predictor, percent)))
                    return record
            sleep(PAUSE / 10)
        raise restless(self.name)

    def _begun(self, wanted: Live, service: Service) -> Record:
        try:
            return self.fence.begin(wanted, service)
        except TooLate:
            if service.notes is None:  # what runs nothing is taken away by whoever made it for nothing
                with suppress(Outrun):
                    self.api.delete(KIND, self.name, service.uid, service.resource)
            raise

    def _write(self, upon: Service, what: Live) -> None:
        # Nobody else owns a field at this version, so that we take over from ourselves alone: the reservation, and KServe's defaults in our name.
        self.api.apply(KIND, self.name, applied(upon, self.api.namespace, what.notes, what.predictor), MANAGER)

    def _waited(self, notes: Notes, percent: int) -> str:
        """Why it is not ready in time; empty if it is."""
        until = monotonic() + self.wait
        while not (status := self._ours(notes).status).rolled(notes, percent):
            if monotonic() >= until:
                return f"not after {self.wait / 60:g} minutes: {status.why or status.told}"
            sleep(PAUSE)
        return ""

    def _watched(self, notes: Notes, percent: int) -> str:
        """Why it did not stay ready; empty if it did."""
        until = monotonic() + self.bake
        while (status := self._ours(notes).status).rolled(notes, percent):
            if monotonic() >= until:
                return ""
            sleep(PAUSE)
        return f"it did not stay ready: {status.why or status.told}"

    def _put_back(self, failed: Notes, record: Record, *, careful: bool) -> str:
        """Put what was there before back, or take away what failed; answers how that went.

        Args:
            careful: no request goes to what failed while the former becomes ready again.
        """
        former = record.live
        if former is None or former.notes == failed:
            self._replace(failed, failed.epoch, None)
            return "nothing was there before, and it was taken away"
        current = failed
        for percent in (0, 100) if careful else (100,):
            self._replace(current, failed.epoch, Live(former.notes, _sharing(former.predictor, percent)))
            current = former.notes
            if why := self._waited(former.notes, percent):
                return f"version {former.notes.version} was put back, and is not ready either: {why}"
        return f"version {former.notes.version} is back"

    def _replace(self, current: Notes, epoch: int, by: Live | None) -> None:
        """Write over what is there under its fence, or delete it."""
        for _ in range(TRIES):
            service = self._ours(current)
            self.fence.judge(epoch, service)
            if service.others:
                raise self._foreign(service)
            with suppress(Outrun):
                if by is None:
                    self.api.delete(KIND, self.name, service.uid, service.resource)
                else:
                    self._write(service, by)
                return
            sleep(PAUSE / 10)
        raise restless(self.name)

    def _foreign(self, service: Service) -> TargetError:
        return TargetError(f"fields of InferenceService {self.name} that are deployed here belong to {', '.join(sorted(service.others))}, and are not taken; "
                           "take away what they wrote, or suspend the model, which deletes the InferenceService")

    def _ours(self, notes: Notes) -> Service:
        """The InferenceService as long as it is this deployment's."""
        service = self.service()
        if service is None or service.deleting or service.notes != notes:
            raise TooLate(f"InferenceService {self.name} is not that of epoch {notes.epoch} any more: the fence is stale, or somebody else wrote to it")
        return service


def _sharing(predictor: Mapping[str, Any], percent: int) -> dict[str, Any]:
    return {**predictor, **({"canaryTrafficPercent": percent} if percent < 100 else {})}
