"""A place that comes and goes is one open finding that counts how often; not an event each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.governance import flap
from modelops_airflow.inventory.tables import FindingRow


def found(bank: Bank, kind: str) -> list[tuple[int, bool]]:
    """(how often it came back, whether it is open) of each finding of a kind, in order."""
    with bank.register.read() as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.kind == kind).order_by(FindingRow.id))
        return [(row.flips, row.closed_at is None) for row in rows]


class Place:
    """A pointer that somebody writes and puts back."""

    def __init__(self, bank: Bank, how: str) -> None:
        self.file = bank.root / "live/live/pricing.json"
        self.honest = self.file.read_bytes()
        self.other = b"{" if how == "unreadable" else json.dumps({**json.loads(self.honest), "artifact": None}).encode()

    def bad(self) -> None:
        self.file.write_bytes(self.other)

    def good(self) -> None:
        self.file.write_bytes(self.honest)


@pytest.fixture(params=["differs", "unreadable"])
def place(bank: Bank, request: pytest.FixtureRequest) -> tuple[Place, str]:
    bank.live()
    return Place(bank, request.param), "target-differs-production" if request.param == "differs" else "target-trouble-production"


def flip(bank: Bank, place: Place, times: int) -> None:
    for _ in range(times):
        place.bad()
        bank.converge()
        place.good()
        bank.converge()


def test_thirty_flips_are_two_findings_and_three_events(bank: Bank, place: tuple[Place, str]) -> None:
    flip(bank, place[0], 30)
    assert found(bank, place[1]) == [(0, False), (29, True)]
    assert bank.events().count("observed") == 3


def test_it_is_closed_when_it_was_calm_for_long_enough(bank: Bank, place: tuple[Place, str]) -> None:
    flip(bank, place[0], 3)
    bank.converge()
    assert found(bank, place[1])[-1] == (2, True)
    bank.forge("UPDATE modelops_finding SET calm_since = :at WHERE closed_at IS NULL", at=(datetime.now(UTC) - timedelta(minutes=16)).replace(tzinfo=None))
    bank.converge()
    assert found(bank, place[1]) == [(0, False), (2, False)]
    assert bank.events().count("observed") == 4


def test_the_same_trouble_hours_later_is_a_new_one(bank: Bank, place: tuple[Place, str]) -> None:
    flip(bank, place[0], 1)
    bank.forge("UPDATE modelops_finding SET closed_at = :at", at=(datetime.now(UTC) - timedelta(hours=2)).replace(tzinfo=None))
    flip(bank, place[0], 1)
    assert found(bank, place[1]) == [(0, False), (0, False)]


def test_without_the_memory_each_flip_would_be_two_events(bank: Bank, place: tuple[Place, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(flap, "SOON", timedelta(0) - timedelta(hours=1))
    flip(bank, place[0], 5)
    assert bank.events().count("observed") == 10


def test_a_stray_that_comes_and_goes_is_counted_too(bank: Bank) -> None:
    bank.live()
    file: Path = bank.root / "live/live/shadow.json"
    for _ in range(5):
        file.write_text(json.dumps({"artifact": "sha256:" + "1" * 64, "epoch": 1}))
        assert len(bank.converge()) == 1
        file.unlink()
        bank.converge()
    assert found(bank, "unregistered-production") == [(0, False), (4, True)]
    assert bank.events().count("observed") == 3
