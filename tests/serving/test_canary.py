"""A canary gets its share, step by step; what it fails at the version in use answers, and what is wrong with it holds it back for good."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from in_process import make_app
from signed_place import Place

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.serving import Canary, NotAuthorised, Rules, Slot

ROWS = pa.table({"amount": [10, 40, 90]})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def other(place: Place) -> Place:
    """The canary's folder; the same deployer."""
    return Place(place.folder.parent / "canary", place.state, place.key, place.stranger, "canary")


def canary(place: Place, other: Place, rules: Rules, *, clock: Any = None, dice: Any = lambda: 0.0) -> Canary:
    """Both looked at; by default every request that may goes to the canary."""
    stable = place.slot()
    stable.look()
    made = Canary(stable, Slot("pricing", other.folder, "canary", place.public, place.state / "canary"), rules,
                  report=other.folder, state=place.state, clock=clock or Clock(), dice=dice)
    made.look()
    return made


def test_shares_grow_with_the_bake_time_and_the_last_stays(place: Place, other: Place) -> None:
    clock = Clock()
    place.deploy(1)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(0.05, 0.25, 0.5), bake=600, enough=2, most_different=1.0), clock=clock)

    found = []
    for clock.now in (0, 599, 600, 1200, 1800, 10**6):
        beside.look()
        found.append(beside.share)
        for _ in range(2):
            beside.score(ROWS)
    assert found == [0.05, 0.05, 0.25, 0.5, 0.5, 0.5]


def test_a_step_that_few_requests_reached_does_not_end(place: Place, other: Place) -> None:
    clock = Clock()
    place.deploy(1)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(0.05, 0.5), bake=600, enough=3), clock=clock)
    clock.now = 10**6
    for _ in range(2):
        beside.score(ROWS)
    beside.look()

    assert beside.share == 0.05
    beside.score(ROWS)
    assert beside.share == 0.5


def test_beside_a_model_that_is_out_of_service_no_canary_answers(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(1.0,)))
    assert beside.score(ROWS)[1] == "canary"
    place.target.withdraw("pricing", 1)
    beside._slot.look()

    assert beside.share == 0.0
    with pytest.raises(NotAuthorised):
        beside.score(ROWS)


@pytest.mark.parametrize("limit", [20, 30])
def test_the_canary_ends_where_another_version_comes_into_use(place: Place, other: Place, limit: int) -> None:
    place.deploy(1, limit=50)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(1.0,)))
    place.deploy(2, limit=limit)  # the canary's own artifact, and a third one
    beside._slot.look()
    beside.look()

    assert (beside.share, beside.score(ROWS)[1]) == (0.0, "stable")
    other.deploy(2, limit=25)
    beside.look()
    assert beside.score(ROWS)[1] == "canary"


def test_rows_that_neither_can_score_hold_nobody_back(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(1.0,)))
    for _ in range(10):
        with pytest.raises(ArtifactError):
            beside.score(pa.table({"amuont": [1]}))

    assert (beside.why, beside.share) == ("", 1.0)


def test_one_large_request_judges_nobody(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(1, limit=20)
    beside = canary(place, other, Rules(shares=(1.0,), least=100))
    beside.score(pa.table({"amount": [40] * 1000}))
    beside._dice = lambda: 1.0
    beside.score(pa.table({"amount": [40] * 1000}))

    assert beside.why == ""


def test_an_equal_canary_is_not_held_back_by_chance(place: Place, other: Place) -> None:
    dice = random.Random(7)
    place.deploy(1, limit=50)
    other.deploy(5, limit=50)
    beside = canary(place, other, Rules(shares=(0.3,), most_different=0.0), dice=dice.random)
    beside._about = replace(beside._about, artifact=digest_bytes(b"another"))
    for _ in range(3000):
        beside.score(pa.table({"amount": [dice.randrange(100)]}))

    assert beside.why == ""


def test_the_share_is_what_requests_get(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(7, limit=49)
    rolls = iter([one / 1000 for one in range(1000)])
    beside = canary(place, other, Rules(shares=(0.2,), most_different=1.0), dice=lambda: next(rolls))

    found = Counter((role, answer.by.epoch) for answer, role in (beside.score(ROWS) for _ in range(1000)))

    assert found == {("canary", 7): 200, ("stable", 1): 800}


def test_without_a_signed_canary_all_requests_go_to_the_version_in_use(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(1, key=place.stranger)

    beside = canary(place, other, Rules())

    assert (beside.share, beside.score(ROWS)[1]) == (0.0, "stable")


def broken(beside: Canary, monkeypatch: pytest.MonkeyPatch, every: int = 1) -> None:
    """The canary's model fails each so-manieth request."""
    asked, honest = Counter[str](), beside._canary.score

    def score(rows: Any) -> Any:
        asked["n"] += 1
        if asked["n"] % every == 0:
            raise ArtifactError("the model broke")
        return honest(rows)

    monkeypatch.setattr(beside._canary, "score", score)


def test_a_canary_that_fails_is_held_back_and_no_request_is_lost(place: Place, other: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    other.deploy(3, limit=49)
    beside = canary(place, other, Rules(shares=(1.0,)))
    broken(beside, monkeypatch)

    roles = [beside.score(ROWS)[1] for _ in range(10)]

    assert roles == ["stable"] * 10
    assert "3 of its 3 requests failed, the last with: the model broke" in beside.why
    assert beside.share == 0.0
    told = json.loads((other.folder / "held" / "pricing.json").read_bytes())
    assert (told["epoch"], told["version"], told["why"]) == (3, "3.0", beside.why)


def test_few_failures_among_many_requests_are_borne(place: Place, other: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy(1)
    other.deploy(3, limit=49)
    beside = canary(place, other, Rules(shares=(1.0,), most_errors=0.02))
    broken(beside, monkeypatch, every=60)

    roles = Counter(beside.score(ROWS)[1] for _ in range(600))

    assert (beside.why, roles) == ("", {"canary": 590, "stable": 10})


def test_a_canary_that_answers_otherwise_is_held_back_and_one_that_answers_alike_is_not(place: Place, other: Place) -> None:
    place.deploy(1, limit=50)
    for epoch, limit, says in ((1, 49, ""), (2, 20, "its labels are at a distance of 0.33")):
        other.deploy(epoch, limit=limit)
        rolls = iter([0.0, 1.0] * 300)
        beside = canary(place, other, Rules(shares=(0.5,), least=200, most_different=0.2), dice=lambda rolls=rolls: next(rolls))
        for _ in range(600):
            beside.score(ROWS)
        assert says in beside.why and bool(says) == bool(beside.why)


def test_a_slow_canary_is_held_back(place: Place, other: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    place.deploy(1)
    other.deploy(1, limit=49)
    rolls = iter([0.0, 1.0] * 300)
    beside = canary(place, other, Rules(shares=(0.5,), least=100), clock=clock, dice=lambda: next(rolls))
    for slot, seconds in ((beside._slot, 0.1), (beside._canary, 0.5)):
        honest = slot.score

        def slow(rows: Any, honest: Any = honest, seconds: float = seconds) -> Any:
            clock.now += seconds
            return honest(rows)

        monkeypatch.setattr(slot, "score", slow)
    for _ in range(300):
        beside.score(ROWS)

    assert "it takes 0.500 s a request where the version in use takes 0.100 s" in beside.why


def test_what_was_held_back_stays_back_over_a_restart_and_a_new_deployment_begins_anew(
    place: Place, other: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.deploy(1)
    other.deploy(3, limit=49)
    beside = canary(place, other, Rules(shares=(1.0,)))
    broken(beside, monkeypatch)
    for _ in range(3):
        beside.score(ROWS)

    again = canary(place, other, Rules(shares=(1.0,)))
    assert (again.share, "the model broke" in again.why) == (0.0, True)
    other.deploy(4, limit=49)
    again.look()
    assert (again.share, again.why) == (1.0, "")
    assert again.score(ROWS)[1] == "canary"


def test_a_memory_that_cannot_be_read_holds_back(place: Place, other: Place) -> None:
    place.deploy(1)
    other.deploy(3, limit=49)
    place.state.mkdir()
    (place.state / "pricing.held.json").write_text("{")

    beside = canary(place, other, Rules(shares=(1.0,)))

    assert (beside.share, "cannot be read" in beside.why) == (0.0, True)


def test_where_the_version_in_use_cannot_answer_either_the_fallback_does_and_says_so(
    place: Place, other: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.deploy(1, signed=False)
    place.deploy(1, model="simple")
    other.deploy(3, limit=49)
    beside = canary(place, other, Rules(shares=(1.0,)))
    broken(beside, monkeypatch)
    simple = place.slot("simple")
    simple.look()
    request = {"inputs": [{"name": "amount", "shape": [1], "datatype": "INT64", "data": [10]}]}

    with pytest.raises(NotAuthorised):
        beside.score(ROWS)
    answer = TestClient(make_app(beside._slot, canary=beside, fallback=simple)).post("/v2/models/pricing/infer", json=request)

    assert (answer.status_code, answer.headers["modelops-role"], answer.headers["modelops-served-by"]) == (200, "fallback", "simple")
