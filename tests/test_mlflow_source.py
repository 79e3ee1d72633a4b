"""What an address of MLflow names: versions, aliases and runs, on a small MLflow."""

from __future__ import annotations

import pytest

from mlflow_stub import stub
from modelops_airflow.digest import digest_bytes
from modelops_airflow.folder_archive import archive_of
from modelops_airflow.mlflow_answers import MlflowError, ModelVersion
from modelops_airflow.mlflow_registry import MlflowRegistry
from modelops_airflow.mlflow_source import fetched
from modelops_airflow.targets.mlflow_server import registry_of

FILES = {"MLmodel": b"flavors: {}", "data/a": b"a", "data/b": b"b"}


@pytest.fixture
def server():
    with stub() as one:
        yield one


@pytest.fixture
def registry(server) -> MlflowRegistry:
    return registry_of("r", lambda _: server.url, private=True, seconds=5)


def test_a_version_and_an_alias_name_the_same_files(server, registry):
    server.add("Retail credit", FILES, alias="champion", run="run7")
    source, files = fetched(registry, "models:/Retail credit@champion")
    numbered, again = fetched(registry, "models:/Retail credit/1")
    assert files == again == FILES
    assert source.artifact == numbered.artifact == digest_bytes(archive_of(sorted(FILES.items())))
    assert (source.version, source.alias, source.run, numbered.alias) == ("1", "champion", "run7", "")


def test_a_run_names_a_logged_model_or_its_own_folder(server, registry):
    server.files |= {"1/run7/artifacts/model/MLmodel": b"own", "1/models/m-1/artifacts/MLmodel": b"logged"}
    server.logged["m-1"] = {"name": "scorer", "artifact_uri": "mlflow-artifacts:/1/models/m-1/artifacts"}
    server.runs["run7"] = {"info": {"artifact_uri": "mlflow-artifacts:/1/run7/artifacts"}, "outputs": {"model_outputs": [{"model_id": "m-1"}]}}
    assert fetched(registry, "runs:/run7/scorer")[1] == {"MLmodel": b"logged"}
    assert fetched(registry, "runs:/run7/model")[1] == {"MLmodel": b"own"}


@pytest.mark.parametrize("uri", [
    "", "models:/", "models:/credit", "models:/credit/", "models:/credit/latest", "models:/credit/Production", "models:/credit/1/2", "models:/credit@", "models:/credit@a/b",
    "models:/cre'dit/1", "models:/a/b@c", "models://host/credit/1", "runs:/run7", "runs:/run7/", "runs:/../x/y", "runs:/run7/../../x", "runs:/run7/a%2f..", "models:/credit/²",
    "s3://bank/credit", "/etc/passwd", "mlflow-artifacts:/0/x",
])
def test_what_names_no_model_is_refused_before_files_are_asked_for(server, registry, uri):
    server.add("credit", FILES, alias="champion")
    with pytest.raises(MlflowError):
        fetched(registry, uri)
    assert not [one for one in server.heard if "artifacts" in one[1]]


def test_a_version_or_alias_that_is_not_there_and_one_without_files_are_told(server, registry):
    server.add("credit", {}, alias="champion")
    for uri, told in (("models:/credit/2", "has no models:/credit/2"), ("models:/credit@other", "has no models:/credit@other"),
                      ("models:/fraud@champion", "has no models:/fraud@champion"), ("models:/credit@champion", "has no file")):
        with pytest.raises(MlflowError, match=told):
            fetched(registry, uri)


def test_too_many_bytes_and_files_are_refused(server, registry, monkeypatch):
    server.add("credit", FILES)
    monkeypatch.setattr("modelops_airflow.mlflow_registry.MOST_FILES", 2)
    with pytest.raises(MlflowError, match="more than 2 files"):
        fetched(registry, "models:/credit/1")
    monkeypatch.undo()
    monkeypatch.setattr("modelops_airflow.mlflow_registry.MOST_BYTES", 11)
    with pytest.raises(Exception, match="answers more than"):
        fetched(registry, "models:/credit/1")


def test_every_page_is_read(server, registry):
    for number in range(5):
        server.add("credit", {"a": b"%d" % number})
        server.add(f"other-{number}", {})
    assert [one.number for one in registry.versions("credit")] == ["1", "2", "3", "4", "5"]
    assert len(list(registry.models())) == 6


def test_a_version_that_is_gone_may_be_forgotten_again(server, registry):
    server.add("credit", FILES)
    for _ in range(2):
        registry.forget(ModelVersion("credit", "1", "", {}))
    assert registry.version("credit", "1") is None
