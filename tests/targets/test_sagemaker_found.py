"""What somebody else's endpoint serves is told by the digest of its archive, and never believed to be ours."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from amazon import BUCKET, IMAGE, REGION, ROLE, amazon, client

from modelops_airflow.connections import no_connections
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import endpoint, sagemaker
from modelops_airflow.targets.sagemaker import SageMaker

ARCHIVE = b"an archive that nobody of ours packed"


@pytest.fixture
def aws(monkeypatch):
    with amazon() as here:
        monkeypatch.setattr(sagemaker, "session_of", lambda *_: SimpleNamespace(client=client))
        monkeypatch.setattr(endpoint, "PAUSE", 0.0)
        yield here


def target():
    return SageMaker(region=REGION, bucket=BUCKET, role=ROLE, image=IMAGE, instance="ml.m5.large", connections=no_connections)


def theirs(aws, container):
    aws.sagemaker.create_model(ModelName="theirs", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE, **container})
    aws.sagemaker.create_endpoint_config(EndpointConfigName="theirs", ProductionVariants=[
        {"VariantName": "v", "ModelName": "theirs", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    aws.sagemaker.create_endpoint(EndpointName="credit", EndpointConfigName="theirs")


def test_the_archive_of_a_strangers_endpoint_is_hashed_where_it_is(aws):
    aws.s3.put_object(Bucket=BUCKET, Key="team/model.tar.gz", Body=ARCHIVE)
    theirs(aws, {"ModelDataUrl": f"s3://{BUCKET}/team/model.tar.gz"})
    assert target().found("credit") == digest_bytes(ARCHIVE)
    with pytest.raises(TargetError, match="somebody else wrote it"):
        target().observed("credit")  # to the reconciliation of what was released it stays a stranger
    aws.s3.put_object(Bucket=BUCKET, Key="team/model.tar.gz", Body=ARCHIVE + b"!")
    assert target().found("credit") == digest_bytes(ARCHIVE + b"!")


def test_where_nothing_is_nothing_is_found(aws):
    assert target().found("credit") is None


@pytest.mark.parametrize(("container", "words"), [({}, "no address"), ({"ModelDataUrl": f"s3://{BUCKET}/gone.tar.gz"}, "cannot be read")])
def test_bytes_that_cannot_be_read_are_an_error(aws, container, words):
    theirs(aws, container)
    with pytest.raises(TargetError, match=words):
        target().found("credit")
