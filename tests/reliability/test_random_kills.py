"""Some random kills, and that they would show what is lost or torn; 400 and more by `make reliability`."""

from __future__ import annotations

from broken_on_purpose import written_in_place
from places import Places
from random_kills import random_kills

SEED = 11


def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_torn(places: Places) -> None:
    told = random_kills(places, count=8, seed=SEED)
    assert told["kills"] == 8
    assert (told["lost"], told["torn"], told["violations"]) == (0, 0, 0), told["first"]


def test_files_written_in_place_are_torn(sqlite_places: Places) -> None:
    """The control."""
    assert any(random_kills(sqlite_places, count=8, seed=seed, broken=written_in_place)["torn"] for seed in range(15))


def test_what_is_said_before_it_is_done_is_lost(sqlite_places: Places) -> None:
    """The control."""
    assert any(random_kills(sqlite_places, count=8, seed=seed, early=True)["lost"] for seed in range(15))
