"""An InferenceService of KServe: what we apply, and what is read of one; pure.

It is served with Knative, which makes a revision of each specification. Our annotations reach the revision, so what a revision runs
is read of itself; the status of an InferenceService does not say which specification it is of (its `observedGeneration` is that of the
Knative Service below it), and of a raw deployment it says ready while the former pods still answer: that is asked for in no case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..digest import Digest, parse_digest
from ..errors import TargetError
from .kubernetes import Kind

KIND = Kind("InferenceService", "/apis/serving.kserve.io/v1beta1", "inferenceservices")
REVISION = Kind("Revision", "/apis/serving.knative.dev/v1", "revisions")
MANAGER, RESERVER = "modelops", "modelops-reserve"
"""Who writes what we apply, and who makes the empty object that is applied upon."""
PREFIX = "modelops/"
"""What the names of our annotations begin with."""
RESERVED = "modelops-reserved"
"""A model format that no runtime serves, so that what is reserved runs nothing."""
_NOTHING: Mapping[str, Any] = {"modelFormat": {"name": RESERVED}}
MODE = {"serving.kserve.io/deploymentMode": "Serverless"}
"""Newer KServes take it for Knative, their name for the same."""
_DEFAULTED = {"predictor": {"automountServiceAccountToken"}, "model": {"name", "resources", "protocolVersion"}}
"""What KServe itself adds to a specification."""
_OWN = {"f:spec", *(f"f:{PREFIX}{one}" for one in ("artifact", "epoch", "model", "subject", "version")), *(f"f:{one}" for one in MODE)}


@dataclass(frozen=True)
class Notes:
    """What our annotations say of a deployment."""

    model: str
    artifact: Digest
    epoch: int
    subject: str
    version: str


@dataclass(frozen=True)
class Status:
    """Attributes:
    ready: the whole is.
    why: what the conditions say that are not true.
    made, latest: the revision made last, and the last one that was ready; empty where there is none.
    traffic: revision -> per cent of the requests.
    runs: revision -> what our annotations say of it; None where it has none.
    """

    ready: bool
    why: str
    made: str
    latest: str
    traffic: Mapping[str, int]
    runs: Mapping[str, Notes | None] = field(default_factory=dict)

    @property
    def revisions(self) -> list[str]:
        """Those that are looked at."""
        return sorted({*self.traffic, self.made, self.latest} - {""})

    def rolled(self, notes: Notes, percent: int = 100) -> bool:
        """Whether the revision made last is this deployment's, is ready, and gets so many of the requests."""
        return (self.ready and self.latest == self.made != "" and self.runs.get(self.made) == notes
                and sum(self.traffic.values()) == 100 and self.traffic.get(self.made, 0) == percent)

    def answers(self, notes: Notes) -> bool:
        """Whether revisions of this deployment get requests, KServe keeping the former until the next is ready."""
        return any(percent > 0 and self.runs.get(name) == notes for name, percent in self.traffic.items())

    @property
    def told(self) -> str:
        """What it says, in words."""
        shares = ", ".join(f"{name} {percent} %" for name, percent in sorted(self.traffic.items())) or "none told"
        return f"made last {self.made or 'no revision'}, ready last {self.latest or 'no revision'}, requests: {shares}"


@dataclass(frozen=True)
class Service:
    """Attributes:
    uid, resource: the object, and its version.
    deleting: since when it is being deleted; None if it is not.
    notes: what our annotations say; None of one that is reserved only.
    predictor: as specified.
    more: what else is specified.
    others: who else owns fields of the specification or of our annotations.
    """

    name: str
    uid: str
    resource: str
    deleting: datetime | None
    notes: Notes | None
    predictor: Mapping[str, Any]
    more: frozenset[str]
    others: frozenset[str]
    status: Status

    def unlike(self, wanted: Mapping[str, Any], *, canary: bool = False) -> list[str]:
        """Where it differs from a predictor that was applied, KServe's own defaults and the resources aside."""
        found, model = dict(self.predictor), self.predictor.get("model")
        told = [f"spec.{one} is there" for one in sorted(self.more)] + [f"{one} wrote to it" for one in sorted(self.others)]
        if canary:
            found.pop("canaryTrafficPercent", None)
        told += _differ("spec.predictor", {key: one for key, one in found.items() if key != "model"},
                        {key: one for key, one in wanted.items() if key != "model"}, _DEFAULTED["predictor"])
        return told + _differ("spec.predictor.model", model if isinstance(model, dict) else {}, wanted["model"], _DEFAULTED["model"])


def _differ(where: str, found: Mapping[str, Any], wanted: Mapping[str, Any], defaulted: set[str]) -> list[str]:
    keys = [key for key in sorted({*found, *wanted}) if key != "resources" and not (key in defaulted and key not in wanted)]
    return [f"{where}.{key} is {found.get(key, 'not there')!s:.200}, expected {wanted.get(key, 'none')!s:.200}"
            for key in keys if found.get(key) != wanted.get(key)]


def reservation(name: str, namespace: str, form: str) -> dict[str, Any]:
    """An object that runs nothing, for the first apply to be made upon."""
    return {
        "apiVersion": "serving.kserve.io/v1beta1", "kind": KIND.name,
        "metadata": {"name": name, "namespace": namespace, "annotations": {"modelFormat": form, **MODE}, "labels": {"app.kubernetes.io/managed-by": MANAGER}},
        "spec": {"predictor": {"model": dict(_NOTHING)}},
    }


def applied(upon: Service, namespace: str, notes: Notes, predictor: Mapping[str, Any]) -> dict[str, Any]:
    """What is applied upon the very version that was read."""
    return {
        "apiVersion": "serving.kserve.io/v1beta1", "kind": KIND.name,
        "metadata": {
            "name": upon.name, "namespace": namespace, "uid": upon.uid, "resourceVersion": upon.resource,
            # KServe notes the format once, when the object is made, and made it was for no format.
            "annotations": {**{f"{PREFIX}{key}": str(value) for key, value in asdict(notes).items()}, "modelFormat": predictor["model"]["modelFormat"]["name"], **MODE},
            "labels": {"app.kubernetes.io/managed-by": MANAGER},
        },
        "spec": {"predictor": dict(predictor)},
    }


def service_of(found: Mapping[str, Any], model: str) -> Service:
    """What an object says.

    Raises:
        TargetError: it has no annotations of ours, or is not one.
    """
    try:
        metadata, spec = found["metadata"], found["spec"]
        predictor, name = spec["predictor"], str(metadata["name"])
        annotations = metadata.get("annotations") or {}
        if not isinstance(predictor, dict):
            raise TypeError(predictor)
        notes = None if is_reserved(found) else _notes(annotations)
        if notes is not None and notes.model != model:
            raise ValueError(notes.model)
        return Service(name, str(metadata["uid"]), str(metadata["resourceVersion"]), _deleting(metadata), notes, predictor,
                       frozenset(spec) - {"predictor"}, _others(metadata.get("managedFields") or []), _status(found.get("status") or {}))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise TargetError(f"the InferenceService of {model} was not deployed here, or its annotations {PREFIX}* were changed; somebody else wrote it") from None


def _deleting(metadata: Mapping[str, Any]) -> datetime | None:
    since = metadata.get("deletionTimestamp")
    return datetime.fromisoformat(since) if since else None


def is_reserved(found: Mapping[str, Any]) -> bool:
    """Whether an object runs nothing: its whole specification is that of a reservation, KServe's own defaults aside."""
    spec = found.get("spec")
    predictor = spec.get("predictor") if isinstance(spec, dict) and set(spec) == {"predictor"} else None
    model = predictor.get("model") if isinstance(predictor, dict) else None
    return (isinstance(predictor, dict) and isinstance(model, dict) and set(predictor) <= {"model", *_DEFAULTED["predictor"]}
            and not _differ("spec.predictor.model", model, _NOTHING, _DEFAULTED["model"]))


def notes_of(revision: Mapping[str, Any] | None) -> Notes | None:
    """What our annotations say of a revision; None where it has none, or is gone."""
    try:
        return None if revision is None else _notes(revision["metadata"]["annotations"])
    except (KeyError, ValueError, TypeError):
        return None


def _notes(annotations: Mapping[str, Any]) -> Notes:
    told = {key: annotations[f"{PREFIX}{key}"] for key in ("model", "artifact", "epoch", "subject", "version")}
    if not all(isinstance(one, str) for one in told.values()) or not (told["epoch"].isdecimal() and len(told["epoch"]) < 16):
        raise ValueError(told)
    return Notes(told["model"], parse_digest(told["artifact"]), int(told["epoch"]), told["subject"], told["version"])


def _others(managers: list[Mapping[str, Any]]) -> frozenset[str]:
    """Who owns what is ours, but us; a status is KServe's own."""
    found = set()
    for one in managers:
        fields = one.get("fieldsV1") or {}
        inner = (fields.get("f:metadata") or {}).get("f:annotations") or {}
        if one.get("manager") not in (MANAGER, RESERVER) and _OWN & {*fields, *inner}:
            found.add("".join(sign if sign.isprintable() else "?" for sign in str(one.get("manager")))[:100])
    return frozenset(found)


def _status(status: Mapping[str, Any]) -> Status:
    conditions = {str(one["type"]): one for one in status.get("conditions") or ()}
    predictor = (status.get("components") or {}).get("predictor") or {}
    traffic: dict[str, int] = {}
    for one in predictor.get("traffic") or ():
        traffic[str(one["revisionName"])] = traffic.get(str(one["revisionName"]), 0) + int(one.get("percent") or 0)
    ready = (conditions.get("Ready") or {}).get("status") == "True"
    return Status(ready, "" if ready else _why(conditions, status), str(predictor.get("latestCreatedRevision") or ""),
                  str(predictor.get("latestReadyRevision") or ""), traffic)


def _why(conditions: Mapping[str, Mapping[str, Any]], status: Mapping[str, Any]) -> str:
    """The conditions that are not true, in words, and how loading the model failed."""
    failure = (status.get("modelStatus") or {}).get("lastFailureInfo") or {}
    told = [" ".join(str(part) for part in (name, "is", one.get("status"), one.get("reason"), one.get("message")) if part)
            for name, one in sorted(conditions.items()) if one.get("status") != "True" and one.get("severity") != "Info" and name != "Stopped"]
    told += [f"{failure.get('reason') or 'failure'}: {failure['message']}"] if failure.get("message") else []
    return "".join(sign if sign.isprintable() else " " for sign in "; ".join(told) or "no condition is told")[:600]
