"""A real Airflow with real users, started once for all end-to-end tests, on a copy of the project."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from airflow_client import Person
from airflow_world import World
from batch_model import add_batch_model

from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.cli.port import free_port

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import bank, migrated, postgres, register_url

__all__ = ["bank", "migrated", "postgres", "register_url"]

PROJECT = Path(__file__).parent.parent.parent
MODELS = {"credit-legacy", "credit-risk", "income-screen", "pricing-rules"}
USERS = {
    "credit-dev": "user", "credit-owner": "user", "validator-1": "viewer", "risk-1": "viewer", "risk-2": "viewer",
    "legal-1": "viewer", "auditor-1": "viewer", "stranger": "viewer", "operator": "op", "admin": "admin",
}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Airflow's four processes over a copy of the example project, with the models that its tests are about."""
    root = tmp_path_factory.mktemp("project")
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    for file in (root / "dags" / "models").glob("*.yaml"):
        if file.stem not in MODELS:
            file.unlink()
    add_batch_model(root)
    users = {name: (role, f"{name}-password") for name, role in USERS.items()}
    with LocalAirflow(tmp_path_factory.mktemp("airflow"), root, free_port(), users) as airflow:
        airflow.wait_ready(240)
        opened = World(airflow)
        opened.found()
        yield opened


@pytest.fixture(scope="session")
def person(world: World) -> Callable[[str], Person]:
    """Log in as somebody."""
    return world.person
