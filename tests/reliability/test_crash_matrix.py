"""A part of the crash matrix, and that it notices what it must; all of it by `make reliability`."""

from __future__ import annotations

import pytest
from broken_on_purpose import events_in_another_transaction, written_in_place
from crash_matrix import ACTIONS, matrix
from places import Places

SEED = 3


@pytest.mark.parametrize("how", ["error", "kill"])
def test_whatever_fails_nothing_is_lost_and_doing_it_again_ends_it(places: Places, how: str) -> None:
    told = matrix(places, how=[how], every=17 if places.backend == "sqlite" else 41, seed=SEED)
    assert set(told["points"]) == set(ACTIONS)
    assert told["violations"] == 0, told["first"]


def test_files_written_in_place_are_found_torn(sqlite_places: Places) -> None:
    """The control."""
    with written_in_place():
        told = matrix(sqlite_places, actions=["deploy"], how=["kill"], every=7, seed=SEED)
    assert told["violations"] > 0
    assert any("torn" in one for one in told["first"])


def test_an_event_in_another_transaction_is_found_missing(sqlite_places: Places) -> None:
    """The control."""
    with events_in_another_transaction():
        told = matrix(sqlite_places, actions=["approve"], how=["kill"], every=2)
    assert any("decision and ledger differ" in one for one in told["first"])
