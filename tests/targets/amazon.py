"""Amazon's S3 and SageMaker on this machine, by moto, and what moto does not have.

moto takes every request as botocore sends it (so names and types are checked against Amazon's own description of the API), and
keeps buckets, models, configurations, endpoints and tags. It has no UpdateEndpoint and lets CreateEndpoint write over an
endpoint; both are added here as Amazon documents them. Every endpoint is *InService* at once, unless a test says otherwise
in `moods`. What only Amazon itself would show: how long a switch takes and what is seen meanwhile, alarms that roll back,
whether the image starts and serves the file, roles and their permissions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

REGION, BUCKET, ROLE = "eu-central-1", "bank-models", "arn:aws:iam::123456789012:role/models"
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/serve@sha256:" + "a" * 64


@dataclass
class Amazon:
    """Attributes:
    s3, sagemaker: clients of one who is not our target.
    moods: statuses that the next looks at any endpoint show, before *InService*.
    rolls_back: whether a switch is taken and then undone, as alarms do.
    updates: what UpdateEndpoint was called with.
    """

    s3: Any
    sagemaker: Any
    moods: list[str] = field(default_factory=list)
    rolls_back: bool = False
    updates: list[dict[str, Any]] = field(default_factory=list)


@cache
def client(name: str) -> Any:
    """A client, made once: making one takes botocore longer than a whole deployment takes moto."""
    return boto3.session.Session("testing", "testing", region_name=REGION).client(name)


@contextlib.contextmanager
def amazon() -> Iterator[Amazon]:
    """The services while a test runs; their credentials are none."""
    with mock_aws():
        here = Amazon(client("s3"), client("sagemaker"))
        here.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        create, describe = SageMakerModelBackend.create_endpoint, SageMakerModelBackend.describe_endpoint

        def created(backend: Any, endpoint_name: str, *rest: Any, **named: Any) -> FakeEndpoint:
            if endpoint_name in backend.endpoints:
                raise ValidationError(message="Cannot create already existing endpoint.")
            return create(backend, endpoint_name, *rest, **named)

        def described(backend: Any, endpoint_name: str) -> dict[str, Any]:
            found = describe(backend, endpoint_name)
            return {**found, "EndpointStatus": here.moods.pop(0)} if here.moods else found

        def updated(response: Any) -> ActionResult:
            asked, backend = response._get_params(), response.sagemaker_backend
            here.updates.append(asked)
            backend.describe_endpoint_config(asked["EndpointConfigName"])
            endpoint = backend.endpoints.get(asked["EndpointName"])
            if endpoint is None:
                raise ValidationError(message=f"Could not find endpoint '{asked['EndpointName']}'.")
            if not here.rolls_back:
                endpoint.endpoint_config_name = asked["EndpointConfigName"]
            return ActionResult({"EndpointArn": endpoint.arn})

        with patch.object(SageMakerModelBackend, "create_endpoint", created), patch.object(SageMakerModelBackend, "describe_endpoint", described), \
                patch.object(SageMakerResponse, "update_endpoint", updated, create=True):
            yield here
