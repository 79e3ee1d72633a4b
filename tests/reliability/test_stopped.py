"""Some rounds of racing deployers, one of them stopped; 200 on each database by `make reliability`."""

from __future__ import annotations

from places import Places
from stopped import stopped_deployers, target_without_fence


def test_the_deployer_that_slept_is_refused_at_the_target(places: Places) -> None:
    told = stopped_deployers(places, count=2)
    assert told["violations"] == 0, told["first"]
    assert (told["refused at the target"], told["overwritten"]) == (2, 0)


def test_a_target_without_its_fence_is_overwritten(sqlite_places: Places) -> None:
    """The control."""
    assert stopped_deployers(sqlite_places, count=1, broken=target_without_fence)["overwritten"] == 1
