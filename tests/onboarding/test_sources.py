"""What folders, MLflow and SageMaker have is told as it is there; nothing is said to be in use that the source does not say it of."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "targets"))

from mlflow_registry import registered, registry, version
from modelops_airflow.connections import no_connections
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import DataError, TargetError
from modelops_airflow.onboarding import Found, named, sagemaker
from modelops_airflow.onboarding.folder import models_in
from modelops_airflow.onboarding.found import id_of
from modelops_airflow.onboarding.mlflow import models_at
from modelops_airflow.spec.project import Project


def quiet(_done: int, _total: int | None) -> None:
    """Nobody looks."""


def found(name: str) -> Found:
    return Found(name, "1", "there", in_use=True)


@pytest.mark.parametrize(("name", "expected"), [
    ("Credit_Risk V7", "credit-risk-v7"), ("crédit", "credit"), ("--a--", "a"), ("模型", ""), ("x" * 200, "x" * 100), ("../../etc", "etc")])
def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert id_of(name) == expected


def test_names_that_would_be_one_id_are_all_told_and_none_is_taken() -> None:
    models, problems = named([found("A b"), found("a-b"), found("c"), found("!!")])
    assert list(models) == ["c"]
    assert sorted(one.name for one in problems) == ["!!", "A b", "a-b"]
    assert "'A b' and 'a-b' would both be a-b" in problems[1].message


# A folder


def pointer(folder: Path, name: str, data: bytes | None, **more: Any) -> None:
    for part in ("live", "artifacts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    digest = digest_bytes(data) if data is not None else None
    if digest is not None and data is not None:
        (folder / "artifacts" / digest.removeprefix("sha256:")).write_bytes(data)
    (folder / "live" / f"{name}.json").write_text(json.dumps({"artifact": digest, "epoch": 1, "version": "3.1"} | more))


def test_pointers_say_what_is_live_and_its_bytes_are_hashed_again(tmp_path: Path) -> None:
    place = tmp_path / "place"
    pointer(place, "good", b"one")
    pointer(place, "changed", b"two")
    pointer(place, "gone", b"three")
    pointer(place, "stopped", None)
    (place / "artifacts" / digest_bytes(b"two").removeprefix("sha256:")).write_bytes(b"other")
    (place / "artifacts" / digest_bytes(b"three").removeprefix("sha256:")).unlink()
    (place / "live/torn.json").write_text("{")
    told = {one.name: one for one in models_in(place, Project(tmp_path), quiet)}
    assert sorted(told) == ["changed", "gone", "good", "torn"]
    assert (told["good"].digest, told["good"].version, told["good"].in_use) == (digest_bytes(b"one"), "3.1", True)
    assert told["changed"].digest == digest_bytes(b"other") and "other bytes are there" in told["changed"].notes[0]
    assert told["gone"].digest is None and "nothing is there" in told["gone"].notes[0]
    assert told["torn"].digest is None and "cannot be read" in told["torn"].notes[0]


def test_a_pipe_or_a_link_among_pointers_and_artifacts_is_told_and_not_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "place"
    pointer(place, "piped", b"one")
    artifact = place / "artifacts" / digest_bytes(b"one").removeprefix("sha256:")
    artifact.unlink()
    os.mkfifo(artifact)
    os.mkfifo(place / "live/waits.json")
    (place / "live/linked.json").symlink_to("/dev/zero")
    told = {one.name: one for one in models_in(place, Project(tmp_path), quiet)}
    assert "no plain file" in told["piped"].notes[0] and told["piped"].digest is None
    assert all("cannot be read" in told[name].notes[0] for name in ("waits", "linked"))


def test_files_of_a_folder_are_not_said_to_be_in_use(tmp_path: Path) -> None:
    (tmp_path / "models/deep").mkdir(parents=True)
    (tmp_path / "models/deep/a.onnx").write_bytes(b"a")
    (tmp_path / "models/b.json").write_bytes(b"{}")
    (tmp_path / "models/c.txt").write_bytes(b"no model of any kind")
    (tmp_path / "models/d.csv").write_bytes(b"data")
    told = {one.name: one for one in models_in(tmp_path / "models", Project(tmp_path), quiet)}
    assert sorted(told) == ["a", "b"]
    assert (told["a"].kind, told["a"].in_use, told["a"].artifact) == ("onnx", False, "models/deep/a.onnx")
    assert told["b"].kind is None and "may be" in told["b"].notes[0]


def test_a_folder_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no folder"):
        models_in(tmp_path / "nowhere", Project(tmp_path), quiet)


# MLflow


def test_aliases_and_stages_say_what_is_in_use_and_else_nothing_does() -> None:
    models = [registered("alias", alias=("Champion", 1), description="Decides."), registered("stage", versions=[version("stage", 3, "Production"), version("stage", 5)]),
              registered("neither", versions=[version("neither", 9), version("neither", 10)]), registered("other", alias=("challenger", 1)), registered("empty", versions=[])]
    with registry(models) as there:
        told = {one.name: (one.version, one.in_use, one.purpose) for one in models_at(there.url, None, "", quiet)}
    assert told == {"alias": ("1", True, "Decides."), "stage": ("3", True, ""), "neither": ("10", False, ""), "other": ("2", False, "")}


def test_every_page_is_read_and_an_end_that_never_comes_is_an_error() -> None:
    with registry([registered(f"m{number}") for number in range(450)]) as there:
        assert len(models_at(there.url, None, "", quiet)) == 450
        assert there.asked.count("/api/2.0/mlflow/registered-models/search") == 3
        there.broken = (200, b'{"registered_models": [], "next_page_token": "again"}')
        with pytest.raises(DataError, match="no end"):
            models_at(there.url, None, "", quiet)


@pytest.mark.parametrize(("broken", "expected"), [
    ((404, b"{}"), "answers 404"), ((302, b""), "answers 302"), ((200, b"<html>"), "another form"), ((200, b"[1]"), "no object"),
    ((200, b'{"registered_models": [{}]}'), "another form"), ((200, b'{"registered_models": [{"name": "a", "latest_versions": [{"version": "x1"}]}]}'), "another form")])
def test_what_is_no_mlflow_is_one_message(broken: tuple[int, bytes], expected: str) -> None:
    with registry([registered("a")]) as there:
        there.broken = broken
        with pytest.raises(DataError, match=expected):
            models_at(there.url, None, "", quiet)


def test_a_log_in_is_sent_and_never_told() -> None:
    with registry([registered("a", alias=("champion", 2))]) as there:
        there.login = "Basic dTpzZWNyZXQ="
        with pytest.raises(DataError, match="--connection") as error:
            models_at(there.url, ("u", "wrong-secret"), "", quiet)
        assert "secret" not in str(error.value)
        [one] = models_at(there.url, ("u", "secret"), "", quiet)
        assert "secret" not in one.where
        there.login = "Bearer abc"
        assert len(models_at(there.url, None, "abc", quiet)) == 1


def test_a_server_that_is_not_there_is_one_message() -> None:
    with pytest.raises(DataError, match="cannot be asked"):
        models_at("http://127.0.0.1:9", None, "", quiet)


# SageMaker


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    from amazon import amazon, client

    with amazon() as here:
        monkeypatch.setattr(sagemaker, "session_of", lambda *_: SimpleNamespace(client=client))
        yield here.sagemaker


def endpoint(aws: Any, name: str, image: str = "xgboost:1.7-1", variants: int = 1) -> None:
    from amazon import ROLE

    for number in range(variants):
        aws.create_model(ModelName=f"{name}-{number}", ExecutionRoleArn=ROLE,
                         PrimaryContainer={"Image": f"1.dkr.ecr.eu-central-1.amazonaws.com/{image}", "ModelDataUrl": f"s3://bank/{name}/{number}/model.tar.gz"})
    aws.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
        {"VariantName": f"v{number}", "ModelName": f"{name}-{number}", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1} for number in range(variants)])
    aws.create_endpoint(EndpointName=name, EndpointConfigName=name)


def package(aws: Any, group: str, url: str, status: str = "Approved") -> None:
    aws.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=status, ModelPackageDescription="Decides.", InferenceSpecification={
        "Containers": [{"Image": "1.dkr.ecr.eu-central-1.amazonaws.com/own:1", "ModelDataUrl": url}], "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"], "SupportedTransformInstanceTypes": ["ml.m5.large"], "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"]})


def test_endpoints_are_in_use_and_packages_that_none_serves_are_not(aws: Any) -> None:
    endpoint(aws, "credit")
    endpoint(aws, "both", image="own:1", variants=2)
    for group in ("served", "spare", "unapproved"):
        aws.create_model_package_group(ModelPackageGroupName=group)
    package(aws, "served", "s3://bank/credit/0/model.tar.gz")
    package(aws, "spare", "s3://bank/spare/1")
    package(aws, "spare", "s3://bank/spare/2")
    package(aws, "unapproved", "s3://bank/un", status="PendingManualApproval")
    told = {one.name: one for one in sagemaker.models_of("eu-central-1", None, no_connections, quiet)}
    assert sorted(told) == ["both", "credit", "spare"]
    assert (told["credit"].in_use, told["credit"].kind, told["credit"].version, told["credit"].digest) == (True, "xgboost", "credit-0", None)
    assert told["credit"].since is not None and "model.tar.gz" in told["credit"].where
    assert (told["both"].kind, told["both"].version) == (None, "") and "2 containers in 2 variants" in told["both"].notes[0]
    assert (told["spare"].in_use, told["spare"].version, told["spare"].purpose) == (False, "2", "Decides.")


@pytest.mark.parametrize(("gone", "told"), [("model", "its model credit-0"), ("config", "its configuration credit")])
def test_an_endpoint_whose_model_was_deleted_is_told_as_such_and_ends_nothing(aws: Any, gone: str, told: str) -> None:
    """Amazon lets a model be deleted while its endpoint serves it."""
    for name in ("auto", "credit", "fraud"):
        endpoint(aws, name)
    if gone == "model":
        aws.delete_model(ModelName="credit-0")
    else:
        aws.delete_endpoint_config(EndpointConfigName="credit")
    found = {one.name: one for one in sagemaker.models_of("eu-central-1", None, no_connections, quiet)}
    assert list(found) == ["auto", "credit", "fraud"]
    assert found["credit"].notes[0] == f"{told} cannot be read, for it was deleted: find out which bytes it serves"
    assert (found["credit"].in_use, found["credit"].kind) == (True, None)
    assert found["credit"].where == "endpoint credit in eu-central-1: its archive cannot be read"
    assert (found["fraud"].kind, found["fraud"].notes) == ("xgboost", ("the digest of its archive is not known: hash it and write legacy.digest",))


def test_a_kind_is_not_told_by_the_one_of_two_models_that_is_left(aws: Any) -> None:
    endpoint(aws, "credit", variants=2)
    aws.delete_model(ModelName="credit-1")
    (found,) = sagemaker.models_of("eu-central-1", None, no_connections, quiet)
    assert (found.kind, found.where) == (None, "endpoint credit in eu-central-1: s3://bank/credit/0/model.tar.gz")
    assert found.notes[0].startswith("its model credit-1 cannot be read")


def test_a_model_that_may_not_be_looked_at_ends_the_import(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, and what it is nobody has said: that is mended, and not noted."""
    from botocore.exceptions import ClientError

    endpoint(aws, "credit")

    def refused(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "DescribeModel")

    monkeypatch.setattr(aws, "describe_model", refused)
    with pytest.raises(TargetError, match="the model credit-0 cannot be read: Amazon answers AccessDeniedException: not authorized"):
        sagemaker.models_of("eu-central-1", None, no_connections, quiet)


def test_more_endpoints_than_a_page_holds_are_all_told(aws: Any) -> None:
    for number in range(25):
        endpoint(aws, f"e{number:02d}")
    assert len(sagemaker.models_of("eu-central-1", None, no_connections, quiet)) == 25


def test_amazons_refusal_is_one_message(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def get_paginator(self, name: str) -> Any:
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)

    monkeypatch.setattr(sagemaker, "session_of", lambda *_: SimpleNamespace(client=lambda _: Refusing()))
    with pytest.raises(TargetError, match="AccessDeniedException"):
        sagemaker.models_of("eu-central-1", None, no_connections, quiet)
