"""A figure of which nothing ran, or less than was asked for, does not meet its target, whatever its controls find."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import other_figures
import own_figures
import pytest
from places import started
from report import _ended
from suite_figures import FORGERIES, all_answered

BLOCKED = dict.fromkeys(FORGERIES, "blocked: refused")


def matrix(ran: bool, *, actions: Any = None, **_: Any) -> dict[str, Any]:
    kinds = {f"{name}, {way}": 1 for name in own_figures.ACTIONS for way in (own_figures.HOW if ran else ["error"])}
    return {"cases": 1, "points": dict.fromkeys(own_figures.ACTIONS, 1), "ways": kinds, "violations": 0 if actions is None else 1}


def kills(ran: bool, *, count: int, **broken: Any) -> dict[str, Any]:
    found = int(len(broken) > 1)
    return {"kills": count, "acknowledged": 1, "lost": found, "torn": found, "violations": 0, "reads": 1,
            "kinds": {"voted": 1, "live": 1} if ran else {"voted": 1}}


def rounds(ran: bool, *, count: int, broken: Any = None, **_: Any) -> dict[str, Any]:
    names = ("one promotion", "refused at the target", "self-counted", "overwritten")
    made = count if ran or broken else 0
    return {**dict.fromkeys(names, made if broken else 0), "one promotion": made, "refused at the target": made, "rounds": made,
            "double-counted": 0, "violations": 0, "acts done": 0, "acts refused": 0}


@pytest.mark.parametrize("ran", [True, False])
@pytest.mark.parametrize(("figure", "name", "measured"), [
    ("_crashes", "matrix", matrix), ("_kills", "random_kills", kills), ("_sixteen", "sixteen_at_once", rounds), ("_stopped", "stopped_deployers", rounds)])
def test_what_did_not_run_is_not_met(figure: str, name: str, measured: Any, ran: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the crashes it is the kills that did not run, for the kills the deployments."""
    monkeypatch.setattr(own_figures, name, lambda _places, **asked: measured(ran, **asked))
    assert getattr(own_figures, figure)("sqlite", 1, 1.0).met is ran


def test_random_kills_without_a_reader_beside_them_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_figures, "random_kills", lambda _places, **asked: {**kills(True, **asked), "reads": 0})
    assert not own_figures._kills("sqlite", 1, 1.0).met


PLAYED = {"sequences": 300, "steps": 7000, "promotions done": 400, "rollbacks done": 80, "clock moved": 300, "violations": 0}
LESS: list[dict[str, int]] = [{"sequences": 299}, {"steps": 300}, {"promotions done": 0}, {"rollbacks done": 0}, {"clock moved": 0}, {"violations": 1}]


@pytest.mark.parametrize("less", LESS, ids=str)
def test_sequences_in_which_less_happened_do_not_count(less: dict[str, int]) -> None:
    assert own_figures._played(Counter(PLAYED), 300)
    assert not own_figures._played(Counter({**PLAYED, **less}), 300)
    assert not own_figures._played(Counter(), 1)


def test_a_control_that_found_something_else_is_none() -> None:
    alone, both = {"violations": 0, "refused by the database alone": 3}, {"first": ["deployment 2 is live: approve-risk has 0 of 2 risk"]}
    assert own_figures._noticed({"gates off": alone, "both off": both})
    for one in ({"gates off": {"violations": 0}}, {"gates off": {**alone, "violations": 1}}, {"both off": {"first": []}}, {"both off": {"first": ["the epoch fell"]}}):
        assert not own_figures._noticed({"gates off": alone, "both off": both, **one})


@pytest.mark.parametrize(("walk", "database", "met"), [(100, 2, True), (100, 1, False), (99, 2, False), (100, 0, False)])
def test_mutants_count_only_where_all_of_them_were_made(walk: int, database: int, met: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(count: int) -> Any:
        return lambda *_, **__: {"mutants": count, "missed": 0, "missed_without_anchor": 1, "kinds_missed_without_anchor": ["truncate"]}

    made = SimpleNamespace(make_log=lambda *_: None, read_raw=lambda _: [], tip_of=lambda _: None, in_core=told(walk), in_database=told(database))
    monkeypatch.setattr(other_figures, "_from", lambda *_: made)
    measured = other_figures._mutants("sqlite", 1, 0.01)
    assert measured is not None
    assert measured.met is met


HOSTILE = {"files": 1500, "mutations": 20_000, "calls": 3, "commands": 2, "tracebacks": 0, "faults": 0, "outgoing": 0,
           "slowest_s": 0.1, "slowest_wall_s": 9.0, "largest_mb": 100}


@pytest.mark.parametrize(("less", "met"), [({}, True), ({"files": 1499}, False), ({"mutations": 19_999}, False), ({"commands": 1}, False),
                                           ({"calls": 0, "commands": 0}, False)], ids=str)
def test_hostile_inputs_count_only_where_all_of_them_were_read(less: dict[str, int], met: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    control = SimpleNamespace(inputs=1, tracebacks=["one"], take=lambda *_: None)
    made = SimpleNamespace(hostile_figures=lambda *_, **__: {**HOSTILE, **less}, Watch=lambda: control, mutants=lambda *_: [],
                           VALID={"model": []}, ARGUMENTS=("one", "two"))
    monkeypatch.setattr(other_figures, "_from", lambda *_: made)
    measured = other_figures._hostile(1, 1.0)
    assert measured is not None
    assert measured.met is met


FAST = {"writers": 8, "appends": 800, "lost": 0, "problems": 0, "verified": 50_000, "appends_per_second": 200, "verified_per_second": 50_000}


@pytest.mark.parametrize("less", ["appends", "verified", "appends_per_second", "verified_per_second"])
def test_a_ledger_that_did_less_is_not_fast(less: str) -> None:
    assert other_figures._fast_enough(FAST, 1.0)
    assert not other_figures._fast_enough({**FAST, less: FAST[less] - 1}, 1.0)


def test_the_ledgers_speed_is_that_of_a_server_that_waits_for_its_disk() -> None:
    with started(durable=True) as server:
        assert {server.setting(name) for name in other_figures.DURABLE} == {"on"}


def test_the_server_of_the_tests_would_not_do(postgres: Any) -> None:
    """The control."""
    assert postgres.setting("fsync") == "off"


@pytest.mark.parametrize("changed", [{"XCom": "went live"}, {"one more": "blocked: refused"}], ids=str)
def test_forgeries_count_only_if_each_was_tried_and_answered(changed: dict[str, str]) -> None:
    assert all_answered(BLOCKED)
    assert all_answered({**BLOCKED, "minted token": "not blocked at L0; doctor names it"})
    assert not all_answered({**BLOCKED, **changed})
    assert not all_answered({})
    assert not all_answered({name: BLOCKED[name] for name in FORGERIES[1:]})


@pytest.mark.parametrize(("met", "told"), [([True], "every target is met"), ([True, False], "missed: one"), ([True, None], "not measured: one"),
                                           ([], "nothing was measured")])
def test_a_report_ends_well_only_if_all_of_it_was_measured_and_met(met: list[bool | None], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ended([{"figure": "one", "met": one} for one in met]) == (0 if told == "every target is met" else 1)
    assert capsys.readouterr().out.strip() == told
