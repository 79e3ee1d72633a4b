"""The KServe target against an API server of this machine; tests/targets/kube_api.py says what that is."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from contract import LATER, NEW, OLD, Contract, Place, release, shows
from kube_api import MAPS, SERVICES, TOKEN, Api, Controller, certificate, serving

from modelops_airflow.connections import no_connections
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Observation, cluster, kubernetes, rollout, target_of, volume, wrong_target
from modelops_airflow.targets.kserve import KServe

OPTIONS = {"namespace": "models", "format": "sklearn", "storage": "pvc://models/production", "file": "model.joblib"}


@dataclass
class World:
    """Attributes:
    url: of the connection.
    """

    api: Api
    controller: Controller
    path: Any
    url: str

    def made(self, **options):
        return KServe(**{**OPTIONS, "path": self.path, "connection": "cluster", "private": True, "connections": lambda name: self.url, **options})

    def service(self, name="credit"):
        return self.api.objects[f"{SERVICES}/{name}"]

    def record(self, name="credit"):
        return json.loads(self.api.objects[f"{MAPS}/modelops-{name}"]["data"]["record"])

    def edit(self, change, name="credit", manager="kubectl-edit"):
        """What somebody with kubectl does."""
        found = json.loads(json.dumps(self.service(name)))
        change(found)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        status, told, _ = self.api.answer("PUT", f"{SERVICES}/{name}?fieldManager={manager}", headers, json.dumps(found).encode())
        assert status == 200, told

    def file(self, data):
        return self.path / "artifacts" / digest_bytes(data).removeprefix("sha256:") / "model.joblib"

    def uri(self, data):
        return f"pvc://models/production/artifacts/{digest_bytes(data).removeprefix('sha256:')}"


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def world(tmp_path, monkeypatch, authority):
    monkeypatch.setattr(rollout, "PAUSE", 0.001)
    controller = Controller()
    api = Api(controller)
    with serving(api, *authority) as where:
        yield World(api, controller, tmp_path / "volume", f"https://:{TOKEN}@{where}/?ca={authority[0]}")


class Writes:
    """Every request that changes something."""

    @staticmethod
    def write(call, *arguments, **named):
        return call(*arguments, **named)


class TestKServe(Contract):
    @pytest.fixture
    def place(self, world, monkeypatch) -> Place:
        real = kubernetes.ask

        def ask(method, *arguments, **named):
            return real(method, *arguments, **named) if method == "GET" else Writes.write(real, method, *arguments, **named)

        monkeypatch.setattr(kubernetes, "ask", ask)

        def change(model):
            world.file(OLD).chmod(0o644)
            world.file(OLD).write_bytes(b"changed")

        def spoil(model):
            world.edit(lambda found: found["metadata"].update(annotations={}), model)

        return Place(make=world.made, seams=[(Writes, "write"), (volume, "write_durably")], spoil=spoil, change=change)
