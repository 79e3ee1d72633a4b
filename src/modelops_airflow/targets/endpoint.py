"""One endpoint of SageMaker: what it runs, the switch to another configuration, and waiting for it.

An endpoint has no fence of its own: whoever calls last wins. What stops an older deployer is that the configuration which it
would switch to is deleted: each attempt has one of its own, and Amazon refuses a switch to one that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from ..errors import TargetError
from .aws import AwsError, asking

SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack")
DELETING = "Deleting"
MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack", DELETING)
VARIANT = "model"
PAUSE = 10.0
"""Seconds between looks at what is under way."""
TAG = "modelops:"
"""What the names of our tags begin with."""


@dataclass(frozen=True)
class Runs:
    """What an endpoint runs.

    Attributes:
        config: name of its configuration.
        tags: the configuration's tags that are ours, without their beginning.
        container: image, URL of the archive and whatever else was given to the one model; empty if it is not one model.
    """

    status: str
    config: str
    tags: Mapping[str, str]
    container: Mapping[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """Attributes:
    client: makes the client of SageMaker.
    wait: seconds until a change must have ended.
    """

    client: Callable[[], Any]
    name: str
    wait: float

    def status(self) -> tuple[str, str] | None:
        """Status and the name of the configuration; None if there is no endpoint."""
        found = self._described("endpoint", EndpointName=self.name)
        return None if found is None else (str(found["EndpointStatus"]), str(found["EndpointConfigName"]))

    def runs(self) -> Runs | None:
        """What it runs, followed down to the archive; None if there is no endpoint."""
        seen = self.status()
        if seen is None:
            return None
        status, name = seen
        config = self._described("endpoint_config", EndpointConfigName=name)
        if config is None:
            return Runs(status, name, {}, {})
        variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
        model = self._described("model", ModelName=variants[0].get("ModelName", "-")) if len(variants) == 1 else None
        container = {} if model is None or model.get("Containers") else model.get("PrimaryContainer", {})
        return Runs(status, name, self._tags(config["EndpointConfigArn"]), _given(container))

    def make(self, name: str, *, role: str, container: Mapping[str, Any], instance: str, count: int, tags: Mapping[str, str]) -> None:
        """Make the model and the configuration of an attempt."""
        with asking(f"the configuration {name} cannot be made"):
            labels = [{"Key": f"{TAG}{key}", "Value": value} for key, value in tags.items()]
            self.client().create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=dict(container), Tags=labels)
            self.client().create_endpoint_config(EndpointConfigName=name, Tags=labels, ProductionVariants=[{
                "VariantName": VARIANT, "ModelName": name, "InstanceType": instance, "InitialInstanceCount": count, "InitialVariantWeight": 1.0}])

    def switch(self, name: str, deployment: Mapping[str, Any] | None) -> None:
        """Serve with a configuration; refused by Amazon if it was deleted."""
        seen = self.status()
        if seen is not None and seen[0] == "Failed":  # it never served, and Amazon lets it be deleted only
            self.delete()
            seen = self.settled()
        with asking(f"endpoint {self.name} cannot be switched to {name}"):
            if seen is None:
                self.client().create_endpoint(EndpointName=self.name, EndpointConfigName=name)
            else:
                self.client().update_endpoint(EndpointName=self.name, EndpointConfigName=name,
                                              **({"DeploymentConfig": dict(deployment)} if deployment else {}))

    def delete(self) -> None:
        """Stop serving."""
        self._gone(f"endpoint {self.name} cannot be deleted", "delete_endpoint", EndpointName=self.name)

    def forget(self, names: Sequence[str]) -> None:
        """Delete configurations and their models, but what is being served."""
        seen = self.status()
        for name in names:
            if seen is None or seen[0] == DELETING or seen[1] != name:
                self._gone(f"the configuration {name} cannot be deleted", "delete_endpoint_config", EndpointConfigName=name)
                self._gone(f"the model {name} cannot be deleted", "delete_model", ModelName=name)

    def under_way(self) -> str:
        """The status of what is under way; empty where nothing is.

        Raises:
            TargetError: that takes too long.
        """
        found = self._described("endpoint", EndpointName=self.name)
        if found is None or found["EndpointStatus"] not in MOVING:
            return ""
        if datetime.now(UTC) - found["LastModifiedTime"] >= timedelta(seconds=self.wait):
            raise self._late(found["EndpointStatus"])
        return str(found["EndpointStatus"])

    def settled(self) -> tuple[str, str] | None:
        """Status and configuration once nothing is under way.

        Raises:
            TargetError: that takes too long.
        """
        until = monotonic() + self.wait
        while (seen := self.status()) is not None and seen[0] in MOVING:
            if monotonic() >= until:
                raise self._late(seen[0])
            sleep(PAUSE)
        return seen

    def _late(self, status: str) -> TargetError:
        return TargetError(f"endpoint {self.name} is still {status} after {self.wait / 60:g} minutes; look at it in SageMaker and try again")

    def _described(self, what: str, **named: str) -> dict[str, Any] | None:
        try:
            with asking(f"{what} {next(iter(named.values()))} cannot be looked at"):
                return dict(getattr(self.client(), f"describe_{what}")(**named))
        except AwsError as error:
            if error.missing:
                return None
            raise

    def _tags(self, arn: str) -> dict[str, str]:
        with asking(f"the tags of {arn} cannot be read"):
            pages = self.client().get_paginator("list_tags").paginate(ResourceArn=arn)
            return {tag["Key"].removeprefix(TAG): tag["Value"] for page in pages for tag in page["Tags"] if tag["Key"].startswith(TAG)}

    def _gone(self, what: str, verb: str, **named: str) -> None:
        try:
            with asking(what):
                getattr(self.client(), verb)(**named)
        except AwsError as error:
            if not error.missing:
                raise


def _given(container: Mapping[str, Any]) -> dict[str, Any]:
    """A model's container as it was given; Amazon adds the mode and says the URL of the archive twice."""
    given = {key: value for key, value in container.items() if value and (key, value) != ("Mode", "SingleModel")}
    source = {"S3DataSource": {"S3Uri": container.get("ModelDataUrl"), "S3DataType": "S3Object", "CompressionType": "Gzip"}}
    return {key: value for key, value in given.items() if (key, value) != ("ModelDataSource", source)}
