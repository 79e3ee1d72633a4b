"""What every target keeps, as facts that each target's own test file runs against its own place.

A test file makes a class of its own and says how its place is made::

    class TestFolder(Contract):
        @pytest.fixture
        def place(self, tmp_path):
            return Place(make=lambda: Folder(path=tmp_path), ...)

`make` gives a new instance each time, as another process has: what a target knows it knows by looking. The seams are the
functions through which the target writes; a deployer is killed, and another one comes between, at each of their calls.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Observation, Release, Target

OLD, NEW, LATER = b"old model", b"new model", b"later model"


class Killed(BaseException):
    """What ends a deployer at once; nothing catches it."""


@dataclass(frozen=True)
class Place:
    """A target's place in a test.

    Attributes:
        make: another instance at the same place.
        seams: owner and name of every function that writes to the place.
        change: puts other bytes behind what is live of a model; None where nothing is shipped.
        spoil: makes what the target reads of a model something that somebody else wrote.
        ships: whether the artifact's bytes are written.
    """

    make: Callable[[], Target]
    seams: Sequence[tuple[Any, str]]
    spoil: Callable[[str], None]
    change: Callable[[str], None] | None = None
    ships: bool = True


def release(data: bytes = OLD, epoch: int = 1, *, model: str = "credit", read: Callable[[], bytes] | None = None) -> Release:
    """A release of some bytes."""
    return Release(model, "production", f"{epoch}.0", digest_bytes(data), epoch, digest_bytes(b"subject"), read or (lambda: data))


def shows(data: bytes | None, epoch: int) -> Observation:
    """What a target shows of them."""
    return Observation(None if data is None else digest_bytes(data), epoch)


@contextmanager
def at_write(place: Place, number: int, then: Callable[[], None]) -> Iterator[list[int]]:
    """Do something before the write of this number; answers a list of one entry for each write so far."""
    calls: list[int] = []
    me = threading.get_ident()

    def between(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if threading.get_ident() == me:
                calls.append(number)
                if len(calls) == number:
                    then()
            return real(*arguments, **named)

        return call

    patches = [patch.object(owner, name, between(getattr(owner, name))) for owner, name in place.seams]
    for one in patches:
        one.start()
    try:
        yield calls
    finally:
        for one in patches:
            one.stop()


def killed_at(place: Place, number: int, act: Callable[[Target], object]) -> bool:
    """Whether the write of this number was reached; the deployer ends there."""

    def die() -> None:
        raise Killed

    with at_write(place, number, die):
        try:
            act(place.make())
        except Killed:
            return True
    return False


class Contract:
    """The facts."""

    def test_nothing_is_live_before_the_first_release(self, place: Place) -> None:
        assert place.make().observed("credit") == Observation(None, 0)

    def test_what_is_published_is_read_back_by_whoever_looks(self, place: Place) -> None:
        assert place.make().deploy(release()) == shows(OLD, 1)
        assert place.make().observed("credit") == shows(OLD, 1)
        assert place.make().deploy(release(NEW, 2)) == shows(NEW, 2)
        assert place.make().observed("credit") == shows(NEW, 2)

    def test_models_do_not_touch_each_other(self, place: Place) -> None:
        place.make().deploy(release(OLD, 7))
        place.make().deploy(release(NEW, 2, model="fraud"))
        place.make().withdraw("credit", 8)
        assert place.make().observed("fraud") == shows(NEW, 2)
        assert place.make().observed("other") == Observation(None, 0)

    def test_the_same_release_again_is_the_same(self, place: Place) -> None:
        place.make().deploy(release())
        assert place.make().deploy(release()) == place.make().observed("credit") == shows(OLD, 1)

    def test_the_same_artifact_under_a_later_fence_is_fine(self, place: Place) -> None:
        place.make().deploy(release())
        assert place.make().deploy(release(OLD, 2)) == shows(OLD, 2)

    def test_a_stale_epoch_is_refused_and_nothing_changes(self, place: Place) -> None:
        place.make().deploy(release(NEW, 5))
        with pytest.raises(TargetError, match="epoch 4 of credit"):
            place.make().deploy(release(OLD, 4))
        assert place.make().observed("credit") == shows(NEW, 5)

    def test_an_epoch_that_gets_stale_after_the_look_is_refused_at_the_switch(self, place: Place) -> None:
        place.make().deploy(release(NEW, 5))
        with pytest.raises(TargetError, match="epoch 4 of credit"):
            place.make()._publish(release(OLD, 4))
        assert place.make().observed("credit") == shows(NEW, 5)

    def test_an_older_deployer_never_wins_wherever_the_newer_one_comes_between(self, place: Place) -> None:
        for number in itertools.count(1):
            model = f"credit-{number}"
            place.make().deploy(release(model=model))
            newer = threading.Thread(target=lambda model=model: place.make().deploy(release(LATER, 3, model=model)))

            def meanwhile(newer: threading.Thread = newer) -> None:
                newer.start()
                newer.join(0.5)  # it may have to wait for the older one's lock

            with at_write(place, number, meanwhile) as calls, suppress(TargetError):
                place.make().deploy(release(NEW, 2, model=model))
            if len(calls) < number:
                assert number > 1, "no seam was reached"
                return
            newer.join(30)
            assert place.make().observed(model) == shows(LATER, 3), f"at write {number}"

    def test_a_kill_between_any_two_writes_leaves_old_or_new(self, place: Place) -> None:
        for number in itertools.count(1):
            model = f"credit-{number}"
            wanted = release(b"new model %d" % number, 2, model=model)
            place.make().deploy(release(model=model))
            if not killed_at(place, number, lambda target, wanted=wanted: target.deploy(wanted)):
                assert number > 1, "no seam was reached"
                return
            seen = place.make().observed(model)
            assert seen.artifact in (digest_bytes(OLD), wanted.artifact) and not seen.dangling, f"at write {number}: {seen}"
            assert place.make().deploy(wanted) == Observation(wanted.artifact, 2), f"at write {number}"

    def test_a_stop_that_is_killed_can_be_made_again(self, place: Place) -> None:
        for number in itertools.count(1):
            model = f"credit-{number}"
            place.make().deploy(release(model=model))
            if not killed_at(place, number, lambda target, model=model: target.withdraw(model, 2)):
                assert number > 1, "no seam was reached"
                return
            assert place.make().observed(model).artifact in (digest_bytes(OLD), None)
            assert place.make().withdraw(model, 2) == shows(None, 2)

    def test_a_withdrawn_model_is_gone_until_a_later_epoch(self, place: Place) -> None:
        place.make().deploy(release())
        assert place.make().withdraw("credit", 2) == shows(None, 2)
        with pytest.raises(TargetError, match="stale"):
            place.make().deploy(release(OLD, 1))
        assert place.make().observed("credit") == shows(None, 2)
        assert place.make().deploy(release(NEW, 3)) == shows(NEW, 3)
        with pytest.raises(TargetError, match="stale"):
            place.make().withdraw("credit", 2)
        assert place.make().observed("credit") == shows(NEW, 3)

    def test_a_model_that_never_was_there_can_be_withdrawn(self, place: Place) -> None:
        assert place.make().withdraw("credit", 4) == shows(None, 4)

    def test_changed_bytes_are_seen_and_a_later_release_mends_them(self, place: Place) -> None:
        if place.change is None:  # nothing of the artifact is at this place, so it may claim no more
            assert place.make().strength == "declared"
            return
        place.make().deploy(release())
        place.change("credit")
        seen = place.make().observed("credit")
        assert seen.artifact != digest_bytes(OLD) and (seen.artifact is not None or seen.dangling)
        assert place.make().deploy(release(OLD, 2)) == shows(OLD, 2)

    def test_what_somebody_else_wrote_is_an_error(self, place: Place) -> None:
        place.make().deploy(release())
        place.spoil("credit")
        for act in (lambda: place.make().observed("credit"), lambda: place.make().deploy(release(NEW, 9)),
                    lambda: place.make().withdraw("credit", 9)):
            with pytest.raises(TargetError):
                act()

    def test_bytes_that_are_not_the_approved_ones_are_not_published(self, place: Place) -> None:
        if not place.ships:
            place.make().deploy(replace(release(), read=lambda: pytest.fail("no bytes are needed")))
            return
        with pytest.raises(TargetError, match="nothing was written"):
            place.make().deploy(release(read=lambda: NEW))
        assert place.make().observed("credit") == Observation(None, 0)
