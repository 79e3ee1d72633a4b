"""SageMaker: an endpoint a model, switched blue/green, with a fence that Amazon itself does not have."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..connections import Connections
from ..digest import Digest, digest_bytes, parse_digest
from ..errors import TargetError
from .aws import session_of
from .bucket import Attempt, Bucket
from .endpoint import DELETING, SERVING, Endpoint, Runs
from .target import Observation, Release, Target, stale, target

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STOP = "stop."
"""What the names of attempts to stop begin with; SageMaker has no such names."""


@target("sagemaker", strength="gated", where=("connection", "region", "bucket", "prefix", "endpoint"))
class SageMaker(Target):
    """An endpoint of SageMaker for each model, switched blue/green.

    In the bucket, `<prefix>/artifacts/<sha256>/model.tar.gz` are the artifacts, and `<prefix>/attempts/<model>/` has one object
    for each deployment and stop, which is never written over. A deployment records itself there, makes a model and an endpoint
    configuration of its own (tags `modelops:model`, `artifact`, `subject`, `epoch`), deletes the configurations of all
    lower epochs that are not served, looks whether a higher epoch was recorded meanwhile, switches, and waits. An older
    deployer that wakes up later finds its configuration deleted, and Amazon refuses its switch.

    Looking follows endpoint, configuration, tags and model to the archive, downloads it and hashes the artifact; another
    image, archive or variant than these options give shows as something that is not there. A stop deletes the endpoint;
    artifacts and attempts stay for the record.
    """

    def __init__(
        self, *, region: str, bucket: str, role: str, image: str, instance: str, count: int = 1, endpoint: str = "{model}", prefix: str = "modelops",
        file: str = "artifact", alarms: Sequence[str] = (), bake: int = 300, wait: int = 30, connection: str | None = None, connections: Connections,
    ) -> None:
        """Make it.

        Args:
            region: Amazon's region, such as eu-central-1.
            bucket: name of the S3 bucket, in which only this target may write below `prefix`.
            role: ARN of the role that the model runs under, which may read the bucket.
            image: address of the container image that serves the model; pinned by its digest it cannot change behind us.
            instance: instance type, such as ml.m5.large.
            count: instances (1 to 1000).
            endpoint: name of the endpoint, with `{model}` in it; each environment needs a name, account or region of its own.
            prefix: folder in the bucket, one for each environment.
            file: name of the artifact inside model.tar.gz, as the image expects it.
            alarms: names of CloudWatch alarms that roll a switch back by themselves.
            bake: seconds that the alarms are watched after a switch (0 to 3600).
            wait: minutes until a change must have ended (1 to 240).
            connection: name of the connection with credentials, `aws://KEY:SECRET@`; left out, those of the machine.
        """
        for text, pattern, what in ((endpoint.replace("{model}", "m"), _NAME, "endpoint"), (file, _FILE, "file"), (prefix, _FILE, "prefix")):
            if not pattern.fullmatch(text) or (what == "endpoint" and "{model}" not in endpoint):
                raise TargetError(f"option {what!r} of target sagemaker: expected {'a name with {model} in it' if what == 'endpoint' else 'a plain name'}, found {text!r}")
        self.region, self.role, self.image, self.instance, self.count, self.pattern = region, role, image, instance, count, endpoint
        self.alarms, self.bake, self.wait, self.connection, self._connections = list(alarms), bake, wait, connection, connections
        self.bucket = Bucket(lambda: self._s3, bucket, prefix, file)

    def observed(self, model: str) -> Observation:
        """Follow the endpoint down to the artifact, and hash it."""
        attempts, runs = self.bucket.attempts(model), self._endpoint(model).runs()
        highest = attempts[-1][0] if attempts else 0
        if runs is None or runs.status == DELETING:
            return Observation(None, highest, leaving=runs is not None)
        return self._shown(model, runs, attempts)

    def found(self, model: str) -> Digest | None:
        """The artifact of what was deployed here; of anybody else's endpoint its archive as it is."""
        runs = self._endpoint(model).runs()
        if runs is None or runs.status == DELETING:
            return None
        if any(name == runs.config for _, name in self.bucket.attempts(model)):
            return super().found(model)
        return self.bucket.archive(str(runs.container.get("ModelDataUrl", "")))

    @classmethod
    def longest(cls, options: Mapping[str, Any]) -> float:
        """What is under way ends first, and then the switch."""
        return float(2 * options["wait"] * 60)

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Delete the endpoint under a fence. What is under way there ends first, for Amazon deletes nothing that is, and the next look goes on."""
        self.observed(model)  # what somebody else put there is not deleted
        self._refuse_stale_stop(model, epoch)
        attempt, endpoint = Attempt(model, epoch, f"{_STOP}{secrets.token_hex(6)}"), self._endpoint(model)
        if not any(at == epoch and name.startswith(_STOP) for at, name in self.bucket.attempts(model)):
            self.bucket.begin(attempt)
        under_way = endpoint.under_way()
        if not under_way:
            self._forget_older(endpoint, attempt)
            self._refuse_stale_stop(model, epoch)
            endpoint.delete()
        if under_way in ("", DELETING):
            self._forget_older(endpoint, attempt)
        shown = self.observed(model)
        return replace(shown, leaving=True) if under_way and not shown.empty else shown

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        self._refuse_stale(release)
        endpoint = self._endpoint(release.model)
        self.bucket.put(data)
        if self.observed(release.model) == Observation(release.artifact, release.epoch):
            return
        attempt = Attempt(release.model, release.epoch, _attempt_name(endpoint.name, release.epoch), release.artifact, release.subject, release.version)
        self.bucket.begin(attempt)
        endpoint.make(attempt.name, role=self.role, container={"Image": self.image, "ModelDataUrl": self.bucket.url(release.artifact)},
                      instance=self.instance, count=self.count, tags=_tags(attempt))
        endpoint.settled()
        self._forget_older(endpoint, attempt)
        self._refuse_stale(release)
        endpoint.switch(attempt.name, self._blue_green())
        seen = endpoint.settled()
        self._forget_older(endpoint, attempt)
        if seen != ("InService", attempt.name):
            raise TargetError(f"endpoint {endpoint.name} did not take {attempt.name}: it is {seen[0] if seen else 'gone'}"
                              f"{f' with {seen[1]}' if seen else ''}; its alarms or a failed start may have rolled it back")

    def _shown(self, model: str, runs: Runs, attempts: Sequence[tuple[int, str]]) -> Observation:
        """What a running endpoint shows."""
        epoch = next((epoch for epoch, name in attempts if name == runs.config), None)
        if epoch is None:
            raise TargetError(f"endpoint {self._endpoint(model).name} runs {runs.config}, which was not deployed here; somebody else wrote it")
        wanted = self.bucket.attempt(model, epoch, runs.config)
        artifact = parse_digest(str(wanted.artifact))
        same = runs.tags == _tags(wanted) and runs.status in SERVING and runs.container == {"Image": self.image, "ModelDataUrl": self.bucket.url(artifact)}
        found = self.bucket.artifact(artifact) if same else None
        return Observation(found, epoch, dangling=found is None)

    def _forget_older(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Delete what older deployers would switch to; a stop also what deployers of its own epoch would."""
        below = attempt.epoch if attempt.artifact is not None else attempt.epoch + 1
        endpoint.forget([name for epoch, name in self.bucket.attempts(attempt.model) if epoch < below and not name.startswith(_STOP)])

    def _refuse_stale(self, release: Release) -> None:
        if (attempts := self.bucket.attempts(release.model)) and attempts[-1][0] > release.epoch:
            raise stale(release, attempts[-1][0])

    def _refuse_stale_stop(self, model: str, epoch: int) -> None:
        if (attempts := self.bucket.attempts(model)) and attempts[-1][0] > epoch:
            raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {attempts[-1][0]}")

    def _blue_green(self) -> dict[str, Any] | None:
        if not self.alarms:
            return None
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": self.bake},
                "TerminationWaitInSeconds": self.bake, "MaximumExecutionTimeoutInSeconds": max(600, min(28_800, self.wait * 60))},
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": one} for one in self.alarms]},
        }

    def _endpoint(self, model: str) -> Endpoint:
        name = self.pattern.replace("{model}", model)
        if not _NAME.fullmatch(name):
            raise TargetError(f"SageMaker takes no endpoint named {name!r} (letters, digits, single hyphens, at most 63); "
                              f"shorten option 'endpoint' or the model's id {model}")
        return Endpoint(lambda: self._sagemaker, name, self.wait * 60)

    @cached_property
    def _session(self) -> Any:
        return session_of(self.region, self.connection, self._connections)

    @cached_property
    def _s3(self) -> Any:
        return self._session.client("s3")

    @cached_property
    def _sagemaker(self) -> Any:
        return self._session.client("sagemaker")


def _attempt_name(endpoint: str, epoch: int) -> str:
    return f"{endpoint[:30].rstrip('-')}-{epoch}-{secrets.token_hex(6)}"


def _tags(attempt: Attempt) -> dict[str, str]:
    return {"model": attempt.model, "artifact": str(attempt.artifact), "subject": str(attempt.subject), "epoch": str(attempt.epoch)}
