"""What a place in Kubernetes remembers of a model: the highest epoch, which never goes back, and what was live last.

One ConfigMap a model, always written under the version that was read, so that of two writers one looks again. It outlives the
InferenceService.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..digest import canonical, parse_digest
from ..errors import TargetError
from .inference_service import MANAGER, Notes
from .kubernetes import Kind, Kubernetes

KIND = Kind("ConfigMap", "/api/v1", "configmaps")


@dataclass(frozen=True)
class Live:
    """What was rolled out: its annotations, and the predictor as it was applied."""

    notes: Notes
    predictor: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """Attributes:
    epoch: the highest that was ever begun here.
    stop: that was a stop.
    live: what was rolled out before it, or by it.
    resource: the object's version; empty if there is no object.
    """

    epoch: int = 0
    stop: bool = False
    live: Live | None = None
    resource: str = field(default="", compare=False)


@dataclass(frozen=True)
class Records:
    """The records of one namespace."""

    api: Kubernetes

    def read(self, name: str) -> Record:
        """The record of an InferenceService; an empty one where nothing was ever begun.

        Raises:
            TargetError: it is not readable.
        """
        found = self.api.get(KIND, self._name(name))
        if found is None:
            return Record()
        try:
            told = json.loads(found["data"]["record"])
            live = None if told["live"] is None else Live(Notes(**told["live"]["notes"]), told["live"]["predictor"])
            if live is not None:
                parse_digest(live.notes.artifact)
            numbers = (told["epoch"], *(() if live is None else (live.notes.epoch,)))
            if any(type(one) is not int or not 0 <= one < 2**53 for one in numbers) or type(told["stop"]) is not bool:
                raise ValueError(told)
            if live is not None and not isinstance(live.predictor["model"]["modelFormat"]["name"], str):
                raise TypeError(live)
            return Record(told["epoch"], told["stop"], live, str(found["metadata"]["resourceVersion"]))
        except (KeyError, ValueError, TypeError, RecursionError):
            raise TargetError(f"the ConfigMap {self._name(name)} is not readable; somebody else wrote it") from None

    def write(self, name: str, record: Record) -> Record:
        """Write a record over the version that it was read with.

        Raises:
            Outrun: somebody else wrote meanwhile.
        """
        told = {"epoch": record.epoch, "stop": record.stop, "live": None if record.live is None else asdict(record.live)}
        body: dict[str, Any] = {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": self._name(name), "namespace": self.api.namespace, "labels": {"app.kubernetes.io/managed-by": MANAGER}},
            "data": {"record": canonical(told).decode()},
        }
        if not record.resource:
            written = self.api.create(KIND, self._name(name), body, MANAGER)
        else:
            body["metadata"]["resourceVersion"] = record.resource
            written = self.api.replace(KIND, self._name(name), body, MANAGER)
        return replace(record, resource=str((written.get("metadata") or {}).get("resourceVersion") or ""))

    def _name(self, name: str) -> str:
        return f"modelops-{name}"
