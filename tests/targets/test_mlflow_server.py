"""The mlflow target, and fetching, on a real MLflow server; what was fetched answers as `mlflow.pyfunc` does. `make mlflow` installs it."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import time
import uuid
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from contract import OLD, Contract, Place, release, shows

from modelops_airflow.digest import digest_bytes
from modelops_airflow.folder_archive import archive_of
from modelops_airflow.kinds import open_model, scan, verify
from modelops_airflow.mlflow_registry import MlflowRegistry
from modelops_airflow.mlflow_source import fetched
from modelops_airflow.targets.mlflow import Mlflow
from modelops_airflow.targets.mlflow_server import registry_of

pytestmark = pytest.mark.alone
PROJECT = Path(__file__).parents[2]
PYTHON = PROJECT / ".venv-mlflow" / "bin" / "python"
SCRIPT = Path(__file__).parent / "mlflow_session.py"
QUIET = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
"""A registry alone: no workers for jobs beside it, and nothing told to anybody."""


class Server:
    """An MLflow with SQLite and its artifacts in a folder."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.root, self.url = root, f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [PYTHON, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
             "--backend-store-uri", f"sqlite:///{root}/mlflow.db", "--artifacts-destination", str(root / "artifacts")],
            cwd=root, env=QUIET, stdout=(root / "log").open("w"), stderr=subprocess.STDOUT, start_new_session=True)

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(240):
            assert self.process.poll() is None, (self.root / "log").read_text()[-2000:]
            try:
                if httpx.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.5)
        raise AssertionError((self.root / "log").read_text()[-2000:])

    def stop(self) -> None:
        """End it and its workers."""
        os.killpg(self.process.pid, 15)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)

    def session(self, *arguments: str) -> dict:
        """What MLflow's own client does and sees."""
        done = subprocess.run([PYTHON, SCRIPT, self.url, *arguments], capture_output=True, text=True, check=False, cwd=self.root, env=QUIET)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not PYTHON.exists():
        if os.environ.get("CI"):
            pytest.fail("CI must test with a real MLflow; run: make mlflow")
        pytest.skip("no .venv-mlflow; run: make mlflow")
    one = Server(tmp_path_factory.mktemp("mlflow"))
    try:
        one.wait()
        yield one
    finally:
        one.stop()


def made(server, **options):
    return Mlflow(**{"connection": "registry", "private": True, "connections": lambda _: server.url, **options})


class TestMlflowServer(Contract):
    @pytest.fixture
    def place(self, server) -> Place:
        pattern = f"{uuid.uuid4().hex[:8]}-{{model}}"

        def change(model):
            name = pattern.replace("{model}", model)
            registry = registry_of("r", lambda _: server.url, private=True, seconds=60)
            version = registry.version(name, registry.model(name).aliases["champion"])
            (server.root / "artifacts" / registry.location(version) / "artifact").write_bytes(b"changed")

        def spoil(model):
            registry_of("r", lambda _: server.url, private=True, seconds=60).tag(pattern.replace("{model}", model), "modelops.champion.garbage", "{}")

        return Place(make=lambda: made(server, model=pattern), seams=[(MlflowRegistry, "_write")], spoil=spoil, change=change)


@pytest.fixture(scope="module")
def logged(server):
    """Models that MLflow's client logged and registered, with what `mlflow.pyfunc` answers."""
    return server.session("log", str(PROJECT / "examples/credit/baseline.parquet"))


def open_of(kind: str, files: dict[str, bytes]):
    data = archive_of(sorted(files.items()))
    report = scan(kind, data, file="m.zip")
    return open_model(verify(kind, data, digest_bytes(data), report))


@pytest.mark.parametrize(("name", "kind", "column"), [
    ("skops", "mlflow", "prediction"), ("pickled", "mlflow-pickled", "prediction"), ("xgboost", "mlflow", "score"), ("onnx", "mlflow", "prediction"),
])
def test_what_is_fetched_answers_as_mlflow_does(server, logged, name, kind, column):
    registry = registry_of("r", lambda _: server.url, private=True, seconds=60)
    source, files = fetched(registry, f"models:/{name}@candidate")
    again, same = fetched(registry, f"runs:/{source.run}/model")
    numbered, _ = fetched(registry, f"models:/{name}/1")
    assert (source.version, source.run) == ("1", logged[name]["run"]) and files == same
    assert source.artifact == again.artifact == numbered.artifact
    rows = pq.read_table(logged["rows"])
    answers = np.asarray(open_of(kind, files).score(rows)[column], dtype=float)
    assert np.allclose(answers, logged[name]["answers"], rtol=1e-5, atol=1e-6)
    told = scan(kind, archive_of(sorted(files.items())), file="m.zip").notes
    assert f"run: {source.run}" in told


def test_a_pyfunc_written_by_hand_is_fetched_and_refused(server, logged):
    registry = registry_of("r", lambda _: server.url, private=True, seconds=60)
    _, files = fetched(registry, "models:/by-hand@candidate")
    notes = " ".join(scan("mlflow-pickled", archive_of(sorted(files.items())), file="m.zip").notes)
    assert "carries code" in notes and logged["by-hand"]["run"]


def test_an_alias_that_moves_names_another_artifact(server, logged):
    registry = registry_of("r", lambda _: server.url, private=True, seconds=60)
    then, _ = fetched(registry, "models:/xgboost@candidate")
    server.session("move", "xgboost")
    now, _ = fetched(registry, "models:/xgboost@candidate")
    assert (then.version, now.version) == ("1", "2") and now.artifact != then.artifact
    server.session("back", "xgboost")


def test_what_is_deployed_is_what_mlflow_serves_under_the_alias(server, logged):
    """MLflow's own loader takes the alias, and answers as the model that was approved."""
    registry = registry_of("r", lambda _: server.url, private=True, seconds=60)
    data = archive_of(sorted(fetched(registry, "models:/skops@candidate")[1].items()))
    target = made(server, model="live-{model}")
    assert target.deploy(release(data, 3)) == shows(data, 3)
    served = server.session("serve", "live-credit", "champion", logged["rows"])
    assert served["answers"] == logged["skops"]["answers"]
    assert served["tags"]["modelops.artifact"] == digest_bytes(data) and served["tags"]["modelops.subject"] == digest_bytes(b"subject")
    assert "credit" in target.models() and target.wrong("credit") == ()
    server.session("steal", "live-credit", "champion", "skops")
    assert target.observed("credit").epoch == 3 and "was not made by a deployment" in target.wrong("credit")[0]
    assert target.withdraw("credit", 4) == shows(None, 4)


def test_a_deleted_version_cannot_be_aliased(server):
    """On this the fence rests."""
    made(server, model="fence-{model}").deploy(release())
    assert server.session("deleted", "fence-credit")["refused"] == "RESOURCE_DOES_NOT_EXIST"


def test_files_stay_when_a_version_is_deleted(server):
    target = made(server, model="kept-{model}")
    for epoch in (1, 2):
        target.deploy(release(OLD, epoch))
    with sqlite3.connect(server.root / "mlflow.db") as database:
        stages = [one for (one,) in database.execute("SELECT current_stage FROM model_versions WHERE name = 'kept-credit' ORDER BY version")]
    assert stages == ["Deleted_Internal", "None"]
    assert len([one for one in (server.root / "artifacts").rglob("artifact") if one.read_bytes() == OLD]) >= 2
