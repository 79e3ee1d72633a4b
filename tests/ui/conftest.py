"""The API in this process: Airflow's real simple auth manager decides, only its list of DAGs is given."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="modelops-ui-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")

import pytest
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import (
    SimpleAuthManager,
)
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api import security
from fastapi import FastAPI
from fastapi.testclient import TestClient
from identities import Door, open_door
from ui_bank import USERS, Bank

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register
from modelops_airflow.ui import runs, viewer
from modelops_airflow.ui.app import make_app
from packed_house import House

MODELS = ("credit-risk", "income-screen", "pricing-rules", "card-fraud")


class Bouncer(SimpleAuthManager):
    """Airflow's simple auth manager over a fixed list of DAGs, of which `secret-model` is for administrators."""

    def get_authorized_dag_ids(self, *, user: Any, method: Any = "GET", session: Any = None) -> set[str]:
        """DAG ids without a metadata database."""
        models = (*MODELS, "secret-model") if user.role == "admin" else MODELS
        return {f"{model}.{use}" for model in models for use in ("release", "monitor", "review")}


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "register.db"
    Register(f"sqlite:///{path}").migrate()
    return path


@pytest.fixture(scope="session")
def real_pack(tmp_path_factory: pytest.TempPathFactory, _migrated: Path) -> bytes:
    """A pack that verifies; those of the bank are bytes to serve."""
    root = tmp_path_factory.mktemp("house")
    (root / "register.db").write_bytes(_migrated.read_bytes())
    house = House(root, f"sqlite:///{root / 'register.db'}")
    return house.pack(house.released(name="<script>alert(1)</script>", purpose="<img src=x onerror=alert(1)>"))


@pytest.fixture
def bank(tmp_path: Path, _migrated: Path) -> Bank:
    """The bank, freshly opened."""
    path = tmp_path / "register.db"
    path.write_bytes(_migrated.read_bytes())
    return Bank(Register(f"sqlite:///{path}"), BlobStore(str(tmp_path / "evidence"))).open()


@pytest.fixture
def app(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The sub-app over the bank."""
    manager = Bouncer()
    for module in (security, viewer, runs):
        monkeypatch.setattr(module, "get_auth_manager", lambda: manager)
    monkeypatch.setattr("airflow.models.dag.DagModel.get_team_name", staticmethod(lambda *_, **__: None))
    return make_app(bank.register, bank.store)


@pytest.fixture
def anonymous(app: FastAPI) -> TestClient:
    """Nobody."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def login(app: FastAPI) -> Callable[[str], TestClient]:
    """A client for a user whose page is open on our origin."""

    def client(name: str) -> TestClient:
        user = SimpleAuthManagerUser(username=name, role=USERS[name])
        app.dependency_overrides[security.get_user] = lambda: user
        return TestClient(app, raise_server_exceptions=False, headers={"Sec-Fetch-Site": "same-origin"})

    return client


@pytest.fixture
def door(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Gives out clients with real tokens."""
    return open_door(app, Bouncer(), monkeypatch)
