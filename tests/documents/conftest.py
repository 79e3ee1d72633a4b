"""The bank, the pack of a release that measured bias by sex and race, and what is written of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "evidence"))

from bank import migrated, postgres, register_url
from modelops_airflow.documents import Sources
from packed_house import House

__all__ = ["migrated", "postgres", "register_url"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Callable[[], House]:
    """Founds a house of its own for each call."""
    def found() -> House:
        root = tmp_path_factory.mktemp("house")
        (root / "register.db").write_bytes(migrated.read_bytes())
        return House(root, f"sqlite:///{root / 'register.db'}")

    return found


@pytest.fixture(scope="session")
def data(house: Callable[[], House]) -> bytes:
    """The pack of a release."""
    one = house()
    return one.pack(one.released())


@pytest.fixture(scope="session")
def sources(data: bytes) -> Sources:
    """What is in it."""
    return Sources.of(data)
