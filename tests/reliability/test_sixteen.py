"""Some rounds of sixteen processes at once; 200 on each database by `make reliability`."""

from __future__ import annotations

from places import Places
from sixteen import sixteen_at_once, whoever_comes_counts

SEED = 5


def test_of_sixteen_at_once_comes_one_promotion_and_nobody_counts_who_must_not(places: Places) -> None:
    told = sixteen_at_once(places, count=2, seed=SEED)
    assert told["violations"] == 0, told["first"]
    assert (told["one promotion"], told["self-counted"], told["double-counted"]) == (2, 0, 0)


def test_without_the_rules_of_voting_makers_are_found_counted(sqlite_places: Places) -> None:
    """The control. A round in four or so has no maker counted at the promotion: chance says who comes when."""
    tries = (sixteen_at_once(sqlite_places, count=2, seed=SEED + more, broken=whoever_comes_counts) for more in range(10))
    assert any(told["self-counted"] > 0 for told in tries)
