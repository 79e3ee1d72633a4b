"""The bank for these tests, and one whose clock moves."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from past_world import Past

from bank import Bank, bank, migrated, postgres, register_url

__all__ = ["bank", "migrated", "past", "postgres", "register_url"]


@pytest.fixture
def past(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Past]:
    """A bank whose clock the test moves, freshly founded."""
    shutil.copy(migrated, tmp_path / "register.db")
    one = Bank(tmp_path / "bank", f"sqlite:///{tmp_path / 'register.db'}")
    world = Past(one, monkeypatch)
    one.open()
    yield world
    one.register.engine.dispose()
