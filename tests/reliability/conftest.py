"""Fresh banks for these tests, on SQLite and on Postgres."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from places import Places, PostgresPlaces, SqlitePlaces

from bank import Postgres, postgres

__all__ = ["postgres"]


@pytest.fixture
def sqlite_places() -> Iterator[Places]:
    """Banks on SQLite."""
    with SqlitePlaces() as places:
        yield places


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    """Banks on each database."""
    if request.param == "sqlite":
        with SqlitePlaces() as made:
            yield made
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with PostgresPlaces(server) as made:
            yield made
