"""One signed pack for all tests, and the bank."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from signed_pack import Made, signed_pack

from bank import bank, migrated, postgres, register_url

__all__ = ["bank", "migrated", "postgres", "register_url"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Made:
    """The pack of a release with every signature."""
    return signed_pack(tmp_path_factory.mktemp("signed"), migrated)
