"""`modelops mlflow get` and `check`: a model comes into the project once, and an alias that has moved is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflow_stub import Stub, stub
from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import read_artifact

Call = Callable[..., Any]
SAVED = Path(__file__).parents[1] / "kinds/mlflow_models/saved"
OPTIONS = ("--connection", "registry", "--private")


def files(name: str) -> dict[str, bytes]:
    return {path.relative_to(SAVED / name).as_posix(): path.read_bytes() for path in (SAVED / name).rglob("*") if path.is_file()}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.chdir(tmp_path)
    with stub() as one:
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", one.url.replace("//", "//:T0KEN@"))
        one.add("credit", files("xgboost-booster"), alias="champion", run="run7")
        yield one


def test_a_model_comes_into_the_project_with_a_note_and_the_lines_to_paste(server: Stub, modelops: Call, tmp_path: Path) -> None:
    told = modelops("mlflow", "get", "models:/credit@champion", *OPTIONS, "--into", "models/credit-1")

    assert told.code == 0 and 'kind: mlflow\n  version: "1"\n  artifact: models/credit-1\n' in told.out
    artifact = digest_bytes(read_artifact(tmp_path / "models/credit-1", "m").bytes)
    assert artifact == digest_bytes(read_artifact(SAVED / "xgboost-booster", "m").bytes)
    note = json.loads((tmp_path / "models/credit-1.mlflow.json").read_text())
    assert note == {"registry": server.url, "uri": "models:/credit@champion", "name": "credit", "alias": "champion", "version": "1", "run": "run7",
                    "artifact": artifact}
    assert "T0KEN" not in told.out + told.err
    assert modelops("mlflow", "check", "models/credit-1", *OPTIONS).code == 0


def test_a_pickled_model_is_named_as_one(server: Stub, modelops: Call) -> None:
    server.add("old", files("sklearn-pickle"))
    assert "kind: mlflow-pickled" in modelops("mlflow", "get", "models:/old/1", *OPTIONS, "--into", "models/old").out


def test_nothing_is_written_over(server: Stub, modelops: Call, tmp_path: Path) -> None:
    get = ("mlflow", "get", "models:/credit/1", *OPTIONS, "--into", "models/credit")
    assert modelops(*get).code == 0
    for gone in ("models/credit", "models/credit.mlflow.json"):
        told = modelops(*get)
        assert told.code == 2 and "never written over" in told.err
        path = tmp_path / gone
        path.rename(tmp_path / path.name)


def test_what_cannot_be_fetched_leaves_nothing(server: Stub, modelops: Call, tmp_path: Path) -> None:
    server.add("broken", files("xgboost-booster"))
    listed = json.dumps({"files": [{"path": "../../escaped"}]}).encode()
    from mlflow_stub import answer

    server.answers = lambda handler: "artifacts?path" in handler.path and answer(handler, 200, listed)
    told = modelops("mlflow", "get", "models:/broken/1", *OPTIONS, "--into", "models/broken")
    assert told.code == 2 and "no name of a file or folder" in told.err
    assert list(tmp_path.rglob("*")) == []


def test_an_alias_that_has_moved_is_told(server: Stub, modelops: Call) -> None:
    modelops("mlflow", "get", "models:/credit@champion", *OPTIONS, "--into", "models/credit")
    server.add("credit", files("sklearn-unsigned"), alias="champion")
    told = modelops("mlflow", "check", "models/credit", *OPTIONS)
    assert told.code == 1 and "models:/credit@champion is version 2 now; models/credit is version 1" in told.err
    assert json.loads(modelops("mlflow", "check", "models/credit", *OPTIONS, "--json").out)["now"]["version"] == "2"


def test_files_that_were_changed_there_or_here_are_told(server: Stub, modelops: Call, tmp_path: Path) -> None:
    modelops("mlflow", "get", "models:/credit@champion", *OPTIONS, "--into", "models/credit")
    (tmp_path / "models/credit/requirements.txt").write_text("changed")
    assert "it was fetched as" in modelops("mlflow", "check", "models/credit", *OPTIONS).err
    server.files[next(one for one in server.files if one.endswith("conda.yaml"))] = b"changed"
    assert "has other files now" in modelops("mlflow", "check", "models/credit", *OPTIONS).err


def test_a_folder_without_a_note_and_a_note_that_is_none_are_told(server: Stub, modelops: Call, tmp_path: Path) -> None:
    assert "name a folder that" in modelops("mlflow", "check", "models/credit", *OPTIONS).err
    (tmp_path / "models").mkdir()
    (tmp_path / "models/credit.mlflow.json").write_text("{}")
    told = modelops("mlflow", "check", "models/credit", *OPTIONS)
    assert told.code == 2 and "fetch the model again" in told.err
