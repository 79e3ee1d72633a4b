"""A canary whose library crashes or hangs is held back by itself, the version in use answers what it had, and nothing else ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shaky_beside
from shaky_beside import CRASH, HANG, HOLD
from signed_place import Place

from modelops_airflow.errors import ArtifactError
from modelops_airflow.serving import Apart, Canary, NotAuthorised, PredictionLog, Rules, Shadow, apart

pytestmark = pytest.mark.alone
GOOD = pa.table({"amount": [10, 40, 90]})


def rows(amount: int) -> pa.Table:
    return pa.table({"amount": [amount]})


@pytest.fixture
def other(place: Place) -> Place:
    place.deploy(1)
    elsewhere = Place(place.folder.parent / "canary", place.state, place.key, place.stranger, "canary")
    elsewhere.deploy(3, limit=49)
    return elsewhere


@contextmanager
def started(other: Place, *, unopened: bool = False, within: float = 3.0, lines: list[str] | None = None) -> Iterator[Apart]:
    orders = {"folder": str(other.folder), "public": other.public.hex(), "state": str(other.state / "canary"), "unopened": unopened}
    made = Apart("pricing", "canary", shaky_beside.COMMAND, orders, within=within, say=(lines if lines is not None else []).append)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def canary(place: Place, other: Place, beside: Apart) -> Canary:
    stable = place.slot()
    stable.look()
    return Canary(stable, beside, Rules(shares=(1.0,)), report=other.folder, state=place.state, dice=lambda: 0.0)


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_what_is_apart_answers_as_a_slot_does_and_follows_its_folder(place: Place, other: Place) -> None:
    here = Place(other.folder, other.state / "here", other.key, other.stranger, "canary").slot(environment="canary")
    here.look()
    with started(other) as beside:
        until(lambda: beside.free)
        assert (beside.score(GOOD).by, beside.score(GOOD).table) == (here.score(GOOD).by, here.score(GOOD).table)
        with pytest.raises(ArtifactError):
            beside.score(pa.table({"amuont": [1]}))
        other.deploy(4, limit=20)
        until(lambda: beside.about is not None and beside.about.epoch == 4)
        other.target.withdraw("pricing", 4)
        until(lambda: beside.look() is None)
        with pytest.raises(NotAuthorised, match="taken out of service"):
            beside.score(GOOD)


@pytest.mark.parametrize(("amount", "says"), [(CRASH, "was ended by SIGSEGV"), (HANG, "hung: it answered no request for 3 s"), (HOLD, "the canary")])
def test_a_canary_that_crashes_or_hangs_is_held_back_for_good_and_no_request_is_lost(place: Place, other: Place, amount: int, says: str) -> None:
    with started(other) as beside:
        watched, roles = canary(place, other, beside), []
        until(lambda: watched.look() or beside.free)
        assert watched.score(GOOD)[1] == "canary", "negative control: it answers what does not break it"
        while not watched.why:
            until(lambda: watched.look() or beside.free or watched.why)
            roles.append(watched.score(rows(amount))[1])
            assert len(roles) < 5
        assert (set(roles), watched.share) == ({"stable"}, 0.0)
        told = json.loads((other.folder / "held" / "pricing.json").read_bytes())
        assert (told["epoch"], says in told["why"]) == (3, True)
    with started(other) as beside:
        again = canary(place, other, beside)
        until(lambda: again.look() or beside.free)
        assert (again.share, again.why, again.score(GOOD)[1]) == (0.0, watched.why, "stable")
        other.deploy(4, limit=49)
        until(lambda: again.look() or again.share)


def test_a_canary_that_crashes_while_it_is_opened_is_held_back_though_nobody_asked_it(place: Place, other: Place) -> None:
    with started(other, unopened=True) as beside:
        watched = canary(place, other, beside)
        until(lambda: watched.look() or watched.why)
        assert watched.score(GOOD)[1] == "stable"
    assert "its process ended 3 times, the last: the canary was ended by SIGSEGV" in json.loads((other.folder / "held" / "pricing.json").read_bytes())["why"]


def test_one_that_is_never_open_is_held_back_at_the_first_time(place: Place, other: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "START", -1.0)
    with started(other) as beside:
        watched = canary(place, other, beside)
        until(lambda: watched.look() or watched.why)
    assert "its process hung: it was not open after" in watched.why


def test_what_ended_often_before_is_not_held_against_the_next_deployment(place: Place, other: Place) -> None:
    with started(other) as beside:
        watched = canary(place, other, beside)
        for epoch in (3, 4, 5, 6):
            other.deploy(epoch, limit=49)
            until(lambda epoch=epoch: watched.look() or (beside.free and beside.about.epoch == epoch))
            watched.score(rows(CRASH))
        assert watched.why == ""


def test_a_kill_between_two_requests_is_borne_and_counted(place: Place, other: Place) -> None:
    lines: list[str] = []
    with started(other, lines=lines) as beside:
        watched = canary(place, other, beside)
        for _ in range(2):
            until(lambda: watched.look() or beside.free)
            os.kill(beside._child.process.pid, signal.SIGKILL)  # type: ignore[union-attr]
            until(lambda: not beside.free)
            assert watched.score(GOOD)[1] == "stable"
        until(lambda: watched.look() or beside.free)
        assert (watched.why, watched.score(GOOD)[1]) == ("", "canary")
    assert lines == ["the canary was ended by SIGKILL; it is started again"] * 2


def test_a_shadow_that_crashes_is_counted_and_asked_again_when_it_is_back(other: Place, tmp_path: Path) -> None:
    with started(other) as beside:
        shadow = Shadow(beside, PredictionLog(tmp_path / "log"))
        until(lambda: beside.free)
        shadow.offer("bad", rows(CRASH))
        until(lambda: shadow.failed == 1)
        until(lambda: beside.free)
        shadow.offer("good", GOOD)
        until(lambda: shadow.asked == 1)
        shadow.stop()


def test_what_it_has_no_time_for_the_version_in_use_answers_at_once(place: Place, other: Place) -> None:
    with started(other, within=60.0) as beside:
        until(lambda: beside.free)
        watched = canary(place, other, beside)
        watched.look()
        child = beside._child
        assert child is not None
        child.waiting.update({-one: (None, 1) for one in range(1, apart.AT_ONCE + 1)})  # type: ignore[dict-item]
        assert watched.score(GOOD)[1] == "stable"
        child.waiting.clear()
        assert watched.score(GOOD)[1] == "canary"
