"""Some sequences of what people do, on both databases; 2,000 by `make reliability`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moved_clock import clock, go_by, moved
from places import Places, PostgresPlaces
from sqlalchemy import text
from state_machine import DEPLOYMENT_TRIGGERS, no_gate_is_asked, sequences

from bank import Postgres
from modelops_airflow.inventory.tables import VersionRow

SEED = 7


@pytest.fixture(params=["sqlite", "postgres"])
def moved_places(request: pytest.FixtureRequest) -> Iterator[Places]:
    """Banks on each database, whose clock is moved by hand."""
    with moved(request.param, request.getfixturevalue("postgres") if request.param == "postgres" else None) as places:
        yield places


def test_product_model_and_raw_rows_agree_after_every_step(moved_places: Places) -> None:
    on_sqlite = moved_places.backend == "sqlite"
    told = sequences(moved_places, count=12 if on_sqlite else 4, seed=SEED)
    assert told["violations"] == 0, told["first"]
    assert told["promotions done"] > (2 if on_sqlite else 0) and told["promotions refused"] > 5
    assert "refused by the database alone" not in told


def test_without_the_gates_the_database_alone_still_refuses(moved_places: Places) -> None:
    told = sequences(moved_places, count=8 if moved_places.backend == "sqlite" else 4, seed=SEED, broken=no_gate_is_asked)
    assert told["violations"] == 0, told["first"]
    assert told["refused by the database alone"] > 0


def test_without_both_the_checker_finds_what_was_not_approved(moved_places: Places) -> None:
    """The control."""
    told = sequences(moved_places, count=50, seed=SEED, broken=no_gate_is_asked, without=DEPLOYMENT_TRIGGERS)
    assert told["violations"] == 1
    assert "approve-risk has" in told["first"][0] or "approve-validation has" in told["first"][0]


def test_when_hours_go_by_the_whole_database_knows(moved_places: Places) -> None:
    """Its views, which count approvals; its triggers, which check the time of an event; and its defaults."""
    bank = moved_places.found()
    bank.live("1.0.0")
    counted = text("SELECT count(*) FROM modelops_counted")
    with bank.register.read() as session:
        assert session.scalar(counted) == 3
    go_by(bank.url, 24 * 91)
    bank.pin("1.1.0")
    with bank.register.read() as session:
        assert session.scalar(counted) == 0
        times = [f"{row.registered_at:%Y-%m-%d %H:%M:%S}" for row in session.query(VersionRow).order_by(VersionRow.id)]
    assert times == ["2030-01-01 00:00:00", clock()] == ["2030-01-01 00:00:00", "2030-04-02 00:00:00"]


def test_banks_whose_clock_is_the_machines_are_not_taken(sqlite_places: Places, postgres: Postgres) -> None:
    """The control."""
    with PostgresPlaces(postgres) as places, pytest.raises(AssertionError, match="the clock of postgres is not moved"):
        sequences(places, count=1, seed=SEED)
    with pytest.raises(AssertionError, match="the clock of sqlite is not moved"):
        sequences(sqlite_places, count=1, seed=SEED)
