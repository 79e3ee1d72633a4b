"""KServe: an InferenceService a model, applied by the server, with a fence that Kubernetes itself does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..connections import Connections
from ..digest import digest_bytes
from ..errors import TargetError
from .cluster import cluster_of
from .epoch_record import Live, Record
from .inference_service import KIND, Notes, Service, is_reserved
from .kubernetes import Kubernetes
from .rollout import Rollout
from .target import Observation, Release, Target, target
from .volume import Volume

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CLAIM = re.compile(r"pvc://[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


@target("kserve", strength="observed", where=("connection", "namespace", "name"))
class KServe(Target):
    """An InferenceService of KServe for each model, by server-side apply; served with Knative.

    `<path>/artifacts/<sha256>/<file>` are the artifacts, on a volume that the cluster sees as `storage`. The InferenceService has
    annotations `modelops/model`, `artifact`, `epoch`, `subject` and `version`; its ConfigMap `modelops-<name>` keeps the highest epoch,
    which never goes back, and what to put back. Every write names the version of the object that it was decided upon, so of two
    deployers the one with the lower epoch is refused by the API server, and fields that somebody else owns are not taken.

    Looking compares the InferenceService with what these options give, follows its storage URI to the volume and hashes the
    artifact. That its pods load that file and nothing else is KServe's word. While a version is being rolled out, the former is
    shown; `wrong` says so. A stop deletes the InferenceService, and it is looked at again until what was made of it is gone.
    """

    def __init__(
        self, *, namespace: str, format: str, path: Path, storage: str, file: str, name: str = "{model}", runtime: str | None = None,
        protocol: str | None = None, account: str | None = None, replicas: int | None = None, requests: Mapping[str, str] = {}, limits: Mapping[str, str] = {},
        canary: Sequence[Any] = (), bake: int = 300, wait: int = 10, connection: str | None = None, private: bool = False, timeout: float = 30.0,
        connections: Connections,
    ) -> None:
        """Make it.

        Args:
            namespace: namespace of the InferenceServices.
            format: model format, such as sklearn, xgboost, lightgbm, onnx, pmml, mlflow, as the serving runtime names it.
            path: folder of the artifacts, as this worker sees the volume.
            storage: the same folder as the cluster sees it, `pvc://CLAIM/FOLDER`.
            file: name of the artifact in its folder, as the serving runtime expects it, such as model.joblib or model.onnx.
            name: name of an InferenceService, with `{model}` in it; two environments of a namespace need different ones.
            runtime: name of the serving runtime; left out, KServe chooses by the format.
            protocol: protocol version that it must speak: v1, v2 or a name of its own.
            account: service account of the pods.
            replicas: least replicas (0 to 1000); left out, KServe's default.
            requests: resources that are asked for, such as cpu and memory.
            limits: resources that are the most.
            canary: per cent of the requests that a new version gets first, rising, such as [10, 50]; after the last step it gets all.
            bake: seconds that each step of a canary is watched (0 to 3600).
            wait: minutes in which each step must be ready (1 to 120); after that what was there before is put back.
            connection: name of the connection, `https://:TOKEN@host:6443/?ca=FILE`, the token being a service account's; left out, the pod's own.
            private: the API server of the connection may be in a private network, or on this machine.
            timeout: seconds that one request may take (0.1 to 120).
        """
        for text, pattern, what, told in (
                (namespace, _LABEL, "namespace", "a name"), (name.replace("{model}", "m"), _NAME, "name", "a name with {model} in it"),
                (file, _FILE, "file", "a plain name"), (storage.rstrip("/"), _CLAIM, "storage", "pvc://CLAIM/FOLDER")):
            if not pattern.fullmatch(text) or (what == "name" and name.count("{model}") != 1):
                raise TargetError(f"option {what!r} of target kserve: expected {told}, found {text!r}")
        if any(type(one) is not int or not 0 < one < 100 for one in canary) or sorted(set(canary)) != list(canary):
            raise TargetError(f"option 'canary' of target kserve: expected whole numbers from 1 to 99 that rise, found {list(canary)!r}")
        self.pattern, self.canary, self.bake, self.wait = name, list(canary), bake, wait
        self.volume = Volume(path, storage.rstrip("/"), file)
        self._api = Kubernetes(partial(cluster_of, connection, connections, private=private), namespace, timeout)
        given = (("runtime", runtime), ("protocolVersion", protocol), ("resources", _resources(requests, limits)))
        self._model: dict[str, Any] = {"modelFormat": {"name": format}, **{key: one for key, one in given if one}}
        self._predictor = {key: one for key, one in (("serviceAccountName", account), ("minReplicas", replicas)) if one is not None}

    def observed(self, model: str) -> Observation:
        """Compare the InferenceService with what is wanted, follow it to the artifact, and hash that."""
        rollout = self._rollout(model)
        service = rollout.service()  # looked at first: what is found in the record is never older
        return self._shown(service, rollout.fence.records.read(rollout.name))

    def wrong(self, model: str) -> tuple[str, ...]:
        """Why what is there is not what was deployed, or not ready, or gets a part of the requests only."""
        rollout = self._rollout(model)
        service = rollout.service()
        if service is None or service.notes is None or service.deleting:
            return ()
        record, told = rollout.fence.records.read(rollout.name), service.unlike(self._wanted(service.notes).predictor, canary=True)
        rolling = record.live is None or record.live.notes != service.notes
        told += [f"version {service.notes.version} (epoch {service.notes.epoch}) is not rolled out: {service.status.told}"] if rolling else []
        told += [] if rolling or not service.status.ready or service.status.rolled(service.notes) else [f"it is answered by another deployment: {service.status.told}"]
        told += [service.status.why] if service.status.why else []
        return tuple(f"InferenceService {rollout.name}: {one}" for one in told)

    def models(self) -> list[str]:
        """Every InferenceService of the namespace that a model's could be, whoever made it."""
        before, _, after = self.pattern.partition("{model}")
        names = [str((one.get("metadata") or {}).get("name")) for one in self._api.every(KIND) if not is_reserved(one)]
        return sorted(name.removeprefix(before).removesuffix(after) for name in names
                      if name.startswith(before) and name.endswith(after) and len(name) > len(before + after))

    @classmethod
    def longest(cls, options: Mapping[str, Any]) -> float:
        """Every step ready and watched at the last moment, the last one not, and the former version put back in two steps."""
        steps, wait = len(options["canary"]), options["wait"] * 60
        return float(steps * (wait + options["bake"]) + 3 * wait)

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Delete the InferenceService under a fence; the artifact and the record stay. What was made of it goes first, and answers until then."""
        self._rollout(model).stop(epoch)
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        rollout = self._rollout(release.model)
        rollout.fence.judge(release.epoch, rollout.service())
        self.volume.put(data)
        rollout.deploy(self._wanted(Notes(release.model, release.artifact, release.epoch, release.subject, release.version)),
                       () if release.at_once else self.canary)

    def _shown(self, service: Service | None, record: Record) -> Observation:
        if service is None or service.deleting or service.notes is None:
            return Observation(None, record.epoch, leaving=service is not None and service.notes is not None)
        notes, status, live = service.notes, service.status, record.live
        nothing = Observation(None, notes.epoch, dangling=True)
        if live is not None and live.notes == notes:
            return self._hashed(notes) if status.rolled(notes) and not service.unlike(self._wanted(notes).predictor) else nothing
        if notes.epoch != record.epoch or record.stop or service.unlike(self._wanted(notes).predictor, canary=True):
            return nothing
        if status.rolled(notes):
            return self._hashed(notes)
        return self._hashed(live.notes) if live is not None and status.answers(live.notes) else nothing

    def _hashed(self, notes: Notes) -> Observation:
        found = self.volume.artifact(notes.artifact)
        return Observation(found, notes.epoch, dangling=found is None)

    def _wanted(self, notes: Notes) -> Live:
        """What these options give for a deployment."""
        return Live(notes, {**self._predictor, "model": {**self._model, "storageUri": self.volume.where(notes.artifact)}})

    def _rollout(self, model: str) -> Rollout:
        name = self.pattern.replace("{model}", model)
        if not _NAME.fullmatch(name):
            raise TargetError(f"KServe takes no InferenceService named {name!r} (lower-case letters, digits, hyphens, a letter first, at most 63); "
                              f"change option 'name' or the model's id {model}")
        return Rollout(self._api, name, model, self.wait * 60, self.bake)


def _resources(requests: Mapping[str, str], limits: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {key: dict(one) for key, one in (("requests", requests), ("limits", limits)) if one}
