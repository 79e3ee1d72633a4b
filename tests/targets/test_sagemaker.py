"""The SageMaker target against moto; tests/targets/amazon.py says what moto shows and what only Amazon would."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from types import SimpleNamespace

import botocore.client
import pytest
from amazon import BUCKET, IMAGE, REGION, ROLE, amazon, client
from contract import LATER, NEW, OLD, Contract, Place, release, shows

from modelops_airflow.connections import no_connections
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Observation, endpoint, sagemaker, target_of, wrong_target
from modelops_airflow.targets.endpoint import Endpoint
from modelops_airflow.targets.model_archive import packed, unpacked
from modelops_airflow.targets.sagemaker import SageMaker

OPTIONS = {"region": REGION, "bucket": BUCKET, "role": ROLE, "image": IMAGE, "instance": "ml.m5.large"}


def made(**options):
    return SageMaker(**{**OPTIONS, "connections": no_connections, **options})


@pytest.fixture
def aws(monkeypatch):
    with amazon() as here:
        monkeypatch.setattr(sagemaker, "session_of", lambda *_: SimpleNamespace(client=client))
        monkeypatch.setattr(endpoint, "PAUSE", 0.0)
        yield here


def archive_key(data):
    return f"modelops/artifacts/{digest_bytes(data).removeprefix('sha256:')}/model.tar.gz"


def config_of(aws, model="credit"):
    return aws.sagemaker.describe_endpoint(EndpointName=model)["EndpointConfigName"]


def foreign(aws, model="credit", *, tags=(), container=None):
    """What somebody with the console does: another configuration behind the endpoint."""
    aws.sagemaker.create_model(ModelName="theirs", ExecutionRoleArn=ROLE, PrimaryContainer=container or {"Image": IMAGE, "ModelDataUrl": "s3://x/y"})
    aws.sagemaker.create_endpoint_config(EndpointConfigName="theirs", Tags=list(tags), ProductionVariants=[
        {"VariantName": "v", "ModelName": "theirs", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    aws.sagemaker.update_endpoint(EndpointName=model, EndpointConfigName="theirs")


class Writes:
    """Every call of Amazon's API that changes something."""

    @staticmethod
    def write(call, *arguments):
        return call(*arguments)


class TestSageMaker(Contract):
    @pytest.fixture
    def place(self, aws, monkeypatch) -> Place:
        real = botocore.client.BaseClient._make_api_call

        def call(client, name, arguments):
            looks = name.startswith(("Describe", "List", "Get"))
            return real(client, name, arguments) if looks else Writes.write(real, client, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

        def change(model):
            aws.s3.put_object(Bucket=BUCKET, Key=archive_key(OLD), Body=packed(b"changed", "artifact"))

        return Place(make=made, seams=[(Writes, "write")], spoil=lambda model: foreign(aws, model), change=change)


def test_each_deployment_is_a_model_and_a_configuration_with_tags_and_the_older_ones_go(aws):
    made().deploy(release(OLD, 1))
    first = config_of(aws)
    made().deploy(release(NEW, 2))
    second = config_of(aws)
    assert first != second and [one["EndpointConfigName"] for one in aws.sagemaker.list_endpoint_configs()["EndpointConfigs"]] == [second]
    assert [one["ModelName"] for one in aws.sagemaker.list_models()["Models"]] == [second]
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=second)
    tags = {tag["Key"]: tag["Value"] for tag in aws.sagemaker.list_tags(ResourceArn=config["EndpointConfigArn"])["Tags"]}
    assert tags == {"modelops:model": "credit", "modelops:artifact": digest_bytes(NEW), "modelops:subject": digest_bytes(b"subject"), "modelops:epoch": "2"}
    container = aws.sagemaker.describe_model(ModelName=second)["PrimaryContainer"]
    assert container["Image"] == IMAGE and container["ModelDataUrl"] == f"s3://{BUCKET}/{archive_key(NEW)}"
    with tarfile.open(fileobj=io.BytesIO(aws.s3.get_object(Bucket=BUCKET, Key=archive_key(NEW))["Body"].read()), mode="r:gz") as archive:
        assert [one.name for one in archive] == ["artifact"] and archive.extractfile("artifact").read() == NEW


def test_a_stop_deletes_the_endpoint_and_keeps_the_record(aws):
    made().deploy(release())
    assert made().withdraw("credit", 2) == shows(None, 2)
    assert aws.sagemaker.list_endpoints()["Endpoints"] == aws.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    kept = [one["Key"] for one in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert archive_key(OLD) in kept
    told = [json.loads(aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in kept if "/attempts/credit/" in key]
    assert [(one["epoch"], one["artifact"], one["version"]) for one in told] == [(1, digest_bytes(OLD), "1.0"), (2, None, None)]


@pytest.mark.parametrize(("mood", "seen"), [("Updating", shows(OLD, 1)), ("Deleting", Observation(None, 2))])
def test_a_stop_does_not_wait_for_what_is_under_way_and_is_made_again_at_the_next_look(aws, monkeypatch, mood, seen):
    """Amazon takes half an hour for some of it, and the stops of other models come after this one."""
    made().deploy(release())
    monkeypatch.setattr(endpoint, "sleep", lambda *_: pytest.fail("it waits"))
    aws.moods = [mood] * 50
    for _ in range(2):
        assert made().withdraw("credit", 2) == replace(seen, leaving=True)
    assert aws.sagemaker.list_endpoints()["Endpoints"], "Amazon deletes nothing that is under way"
    with pytest.raises(TargetError, match=f"is still {mood} after 0 minutes"):
        made(wait=0).withdraw("credit", 2)
    with pytest.raises(TargetError, match="stale"):
        made().deploy(release(NEW, 1))
    aws.moods.clear()
    assert made().withdraw("credit", 2) == shows(None, 2)
    assert aws.sagemaker.list_endpoints()["Endpoints"] == aws.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    attempts = [one["Key"] for one in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"] if "/attempts/credit/" in one["Key"]]
    assert len(attempts) == 2, "one of the deployment, and one of the stop, however often it was looked at"


def test_an_older_deployer_that_wakes_up_after_the_newer_one_is_refused_by_amazon_itself(aws, monkeypatch):
    """It has looked at the fence for the last time, and sleeps: what it would switch to is gone when it wakes up."""
    made().deploy(release(OLD, 1))
    switch, slept = Endpoint.switch, []

    def late(one, *arguments):
        if not slept:
            slept.append(True)
            made().deploy(release(LATER, 3))
        return switch(one, *arguments)

    monkeypatch.setattr(Endpoint, "switch", late)
    with pytest.raises(TargetError, match="Could not find endpoint configuration"):
        made().deploy(release(NEW, 2))
    assert made().observed("credit") == shows(LATER, 3)


def test_without_the_deletion_the_older_deployer_would_have_won(aws, monkeypatch):
    """The control of the test above: a look at the fence before the switch is not enough."""
    monkeypatch.setattr(Endpoint, "forget", lambda *_: None)
    made().deploy(release(OLD, 1))
    switch, slept = Endpoint.switch, []

    def late(one, *arguments):
        if not slept:
            slept.append(True)
            made().deploy(release(LATER, 3))
        return switch(one, *arguments)

    monkeypatch.setattr(Endpoint, "switch", late)
    assert made().deploy(release(NEW, 2)) == shows(NEW, 2)


def test_a_stop_of_the_same_epoch_deletes_what_its_deployer_would_switch_to(aws, monkeypatch):
    switch = Endpoint.switch

    def late(one, *arguments):
        made().withdraw("credit", 2)
        return switch(one, *arguments)

    monkeypatch.setattr(Endpoint, "switch", late)
    with pytest.raises(TargetError, match="Could not find"):
        made().deploy(release(NEW, 2))
    assert made().observed("credit") == shows(None, 2)


def test_alarms_roll_back_and_nothing_is_marked_live(aws):
    target = made(alarms=["errors", "latency"], bake=60)
    target.deploy(release(OLD, 1))
    target.deploy(release(NEW, 2))
    (asked,) = aws.updates
    assert asked["DeploymentConfig"]["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "errors"}, {"AlarmName": "latency"}]}
    assert asked["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] == 60
    aws.rolls_back = True
    with pytest.raises(TargetError, match="did not take credit-3-"):
        target.deploy(release(LATER, 3))
    assert target.observed("credit") == shows(NEW, 2)


def test_a_switch_is_waited_for_and_one_that_never_ends_is_an_error(aws, monkeypatch):
    made().deploy(release(OLD, 1))
    aws.moods = ["InService", "InService", "Updating", "InService", "InService", "Updating", "Updating", "Updating"]
    assert made().deploy(release(NEW, 2)) == shows(NEW, 2)
    assert aws.moods == []
    ticks = iter(range(0, 10**9, 60))
    monkeypatch.setattr(endpoint, "monotonic", lambda: next(ticks))
    aws.moods = ["InService", "InService", *["Updating"] * 100]
    with pytest.raises(TargetError, match="is still Updating after 5 minutes"):
        made(wait=5).deploy(release(LATER, 3))


@pytest.mark.parametrize(("mood", "seen"), [
    ("Creating", Observation(None, 1, dangling=True)), ("Failed", Observation(None, 1, dangling=True)), ("OutOfService", Observation(None, 1, dangling=True)),
    ("Deleting", Observation(None, 1, leaving=True)), ("Updating", shows(OLD, 1)), ("RollingBack", shows(OLD, 1)),
])
def test_an_endpoint_that_does_not_serve_shows_nothing_live(aws, mood, seen):
    made().deploy(release())
    aws.moods = [mood]
    assert made().observed("credit") == seen


def test_an_endpoint_that_failed_is_made_anew(aws):
    made().deploy(release(OLD, 1))
    aws.moods = ["Failed"] * 5
    assert made().deploy(release(NEW, 2)) == shows(NEW, 2)
    assert aws.moods == aws.updates == [], "it was seen as failed until it was deleted, and not updated"


def test_another_image_or_archive_behind_our_tags_shows(aws):
    made().deploy(release())
    name = config_of(aws)
    for container in ({"Image": "theirs", "ModelDataUrl": f"s3://{BUCKET}/{archive_key(OLD)}"}, {"Image": IMAGE, "ModelDataUrl": "s3://theirs/model.tar.gz"},
                      {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{archive_key(OLD)}", "Environment": {"SAGEMAKER_PROGRAM": "theirs.py"}}):
        aws.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)  # moto writes over it, Amazon wants it deleted first
        assert made().observed("credit") == Observation(None, 1, dangling=True)
    aws.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={
        "Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{archive_key(OLD)}", "Mode": "SingleModel", "Environment": {}, "ModelDataSource": {"S3DataSource": {
            "S3Uri": f"s3://{BUCKET}/{archive_key(OLD)}", "S3DataType": "S3Object", "CompressionType": "Gzip"}}})
    assert made().observed("credit") == shows(OLD, 1), "the control: as Amazon tells a container that was given as ours"


def test_a_lost_archive_configuration_or_model_shows(aws):
    made().deploy(release())
    name = config_of(aws)
    aws.s3.delete_object(Bucket=BUCKET, Key=archive_key(OLD))
    assert made().observed("credit") == Observation(None, 1, dangling=True)
    made().deploy(release(OLD, 2))
    name = config_of(aws)
    aws.sagemaker.delete_model(ModelName=name)
    assert made().observed("credit") == Observation(None, 2, dangling=True)
    aws.sagemaker.delete_endpoint_config(EndpointConfigName=name)
    assert made().observed("credit") == Observation(None, 2, dangling=True)


def test_what_somebody_put_among_the_attempts_is_an_error(aws):
    made().deploy(release())
    aws.s3.put_object(Bucket=BUCKET, Key="modelops/attempts/credit/readme.txt", Body=b"x")
    with pytest.raises(TargetError, match="no attempt; somebody else wrote it"):
        made().observed("credit")


def test_an_archive_with_more_in_it_is_none_of_ours():
    def tar(*members):
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w:gz") as archive:
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return sink.getvalue()

    assert unpacked(packed(OLD, "model.onnx"), "model.onnx") == OLD
    assert packed(OLD, "artifact") == packed(OLD, "artifact")
    assert unpacked(tar(("artifact", OLD), ("code/inference.py", b"print()")), "artifact") is None
    assert unpacked(packed(OLD, "artifact"), "other") is None
    assert unpacked(tar(("artifact", bytes(10_000_000))), "artifact") is None, "it is longer than what it came from"
    assert unpacked(b"", "artifact") is unpacked(b"x" * 100, "artifact") is unpacked(packed(OLD, "artifact")[:-9], "artifact") is None


def test_credentials_come_from_the_connection_and_are_told_nowhere(monkeypatch):
    with amazon():
        seen = {}
        real = botocore.client.BaseClient._make_api_call

        def call(self, name, arguments):
            seen["keys"] = self._request_signer._credentials.get_frozen_credentials()
            return real(self, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        target = target_of("sagemaker", {**OPTIONS, "connection": "aws"}, resolve=lambda text: text,
                           connections=lambda name: "aws://AKIA:se%2Fcret@?aws_session_token=token")
        assert target.observed("credit") == Observation(None, 0)
        assert tuple(seen["keys"])[:3] == ("AKIA", "se/cret", "token")
        with pytest.raises(TargetError, match="has no credentials") as error:
            made(connection="aws", connections=lambda name: "aws://TOPSECRET@").observed("credit")
        assert "TOPSECRET" not in str(error.value)


def test_a_refusal_of_amazon_is_an_error_and_never_nothing_live(aws):
    with pytest.raises(TargetError, match="NoSuchBucket"):
        made(bucket="not-there").observed("credit")


@pytest.mark.parametrize(("options", "told"), [
    ({"endpoint": "all"}, "with {model} in it"), ({"endpoint": "{model}_x"}, "with {model} in it"), ({"file": "../x"}, "a plain name"),
    ({"prefix": "a/../b"}, "a plain name"),
])
def test_options_that_cannot_be_are_refused(options, told):
    with pytest.raises(TargetError, match=told):
        made(**options)


def test_a_model_whose_endpoint_cannot_have_its_name_is_an_error(aws):
    with pytest.raises(TargetError, match="takes no endpoint named"):
        made().observed("m" * 64)
    assert "expected 1 to 240" in wrong_target("sagemaker", {**OPTIONS, "wait": 0})[0]


def test_a_publication_may_wait_for_what_is_under_way_and_for_the_switch():
    assert SageMaker.longest({"wait": 30}) == 60 * 60
