"""Over simulated days the queue is worked off by tier and age, never beyond the budget; nobody is started twice and nobody is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moved_clock import go_by, moved
from sqlalchemy import select

from fleet_world import Fleet
from guards import guards_down
from modelops_airflow.digest import digest_of
from modelops_airflow.governance import claim as claiming
from modelops_airflow.governance.campaign import Affected, Campaign, record_campaign
from modelops_airflow.governance.claim import Claim, claim, still_held
from modelops_airflow.governance.settle import MOST_STARTS, settle
from modelops_airflow.inventory.tables import RecertificationRow, RunRow

TIERS = {f"model-{number:02}": 1 + number % 3 for number in range(24)}
Started = dict[tuple[str, str], int]


@pytest.fixture(params=["sqlite", "postgres"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """Twenty-four models on the queue, of three tiers, under a clock that is moved by hand."""
    with moved(request.param, request.getfixturevalue("postgres") if request.param == "postgres" else None) as places:
        bank = places.found()
        one = Fleet(tmp_path / "fleet", bank.register, founders=("vera", "ines"))
        for name in TIERS:
            one.write(name)
        one.release(dict.fromkeys(TIERS, 0))
        queued(one, "one")
        yield one


def queued(fleet: Fleet, change: str) -> None:
    """Every model is put on the queue by a change."""
    with fleet.register.read() as session:
        runs = {run.model_id: run for run in session.scalars(select(RunRow).where(RunRow.lifecycle == "release"))}
    affected = tuple(Affected(name, tier, runs[name].id, runs[name].approved_plan, digest_of([name, change]), "pass", "fail", (), f"{name}.review")
                     for name, tier in TIERS.items())
    assert record_campaign(fleet.register, Campaign(digest_of(change), "", len(TIERS), affected), "sync")


def budget(fleet: Fleet, **facts: Any) -> None:
    fleet.govern(recertification=facts)


def rows(fleet: Fleet) -> list[RecertificationRow]:
    with fleet.register.read() as session:
        return list(session.scalars(select(RecertificationRow).order_by(RecertificationRow.id)))


def states(fleet: Fleet) -> Counter[str]:
    return Counter(row.state for row in rows(fleet))


def ends(fleet: Fleet, one: Claim) -> None:
    fleet.finish(one.model_id, one.run_id, 0)


def test_tier_1_goes_first_and_no_day_has_more_than_the_budget(fleet: Fleet) -> None:
    budget(fleet, at_once=3, per_day=8)
    order: list[str] = []
    days = []
    while states(fleet)["waiting"] and len(days) < 10:
        today = 0
        for hour in range(24):
            settle(fleet.register, lambda _dag, _run: None)
            claims = claim(fleet.register, f"round-{len(days)}-{hour}")
            assert states(fleet)["running"] <= 3
            for one in claims:
                ends(fleet, one)
            order += [one.model_id for one in claims]
            today += len(claims)
            go_by(fleet.register.url, 1)
        days.append(today)
    settle(fleet.register, lambda _dag, _run: None)
    assert days == [8, 8, 8]
    assert [TIERS[name] for name in order] == sorted(TIERS[name] for name in order)
    assert sorted(order) == sorted(TIERS), "each once"
    assert states(fleet) == {"done": 24}
    assert {row.verdict for row in rows(fleet)} == {"pass"}


def test_task_hours_are_counted_by_how_long_runs_took(fleet: Fleet) -> None:
    budget(fleet, at_once=24, per_day=100, hours_per_day=6)
    first = claim(fleet.register, "first")
    assert len(first) == 24, "nobody knows yet how long they take"
    for one in first:
        ends(fleet, one)
    fleet.register.engine.dispose()
    _lasted(fleet, hours=2)
    settle(fleet.register, lambda _dag, _run: None)
    go_by(fleet.register.url, 25)
    queued(fleet, "two")
    assert states(fleet)["waiting"] == 24
    assert len(claim(fleet.register, "second")) == 3, "three of two hours each are six"
    assert claim(fleet.register, "third") == []


def _lasted(fleet: Fleet, hours: int) -> None:
    """Every review that is on record took so long."""
    with fleet.register.write() as session, guards_down(session.connection()):
        for run in session.scalars(select(RunRow).where(RunRow.lifecycle == "review")):
            run.started_at = run.started_at - timedelta(hours=hours)
        session.flush()


def starts(fleet: Fleet, holders: tuple[str, str]) -> Started:
    """Two rounds at once: the first has claimed and not yet started anything when the second looks. Answers raw starts by DAG and run."""
    begun: Started = {}
    first = claim(fleet.register, holders[0])
    settle(fleet.register, lambda _dag, _run: None)
    for one in (*claim(fleet.register, holders[1]), *first):
        begun[one.dag_id, one.run_id] = begun.get((one.dag_id, one.run_id), 0) + 1
    return begun


def test_while_a_lease_lasts_nobody_else_starts_its_model(fleet: Fleet) -> None:
    budget(fleet, at_once=4, per_day=100)
    begun = starts(fleet, ("one", "other"))
    assert len(begun) == 4 and set(begun.values()) == {1}


def test_without_the_lease_two_would_start_the_same_and_only_the_name_of_the_run_would_tell(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    budget(fleet, at_once=4, per_day=100)
    monkeypatch.setattr(claiming, "LEASE", timedelta(0))
    begun = starts(fleet, ("one", "other"))
    assert set(begun.values()) == {2}
    assert len(begun) == 4, "the same four names: Airflow has a run of a name once"


def test_a_holder_that_asks_again_is_answered_what_it_has(fleet: Fleet) -> None:
    budget(fleet, at_once=4, per_day=100)
    assert claim(fleet.register, "one") == claim(fleet.register, "one")
    assert claim(fleet.register, "two") == []


def test_a_late_start_under_a_lease_that_is_over_starts_nothing(fleet: Fleet) -> None:
    budget(fleet, at_once=1, per_day=100)
    (one,) = claim(fleet.register, "slow")
    assert still_held(fleet.register, one.row, "slow") == one
    assert still_held(fleet.register, one.row, "other") is None
    go_by(fleet.register.url, 1)
    assert still_held(fleet.register, one.row, "slow") is None


def test_a_lost_start_goes_back_and_after_five_somebody_must_look(fleet: Fleet) -> None:
    budget(fleet, at_once=1, per_day=100)
    names = set()
    for number in range(MOST_STARTS):
        (one,) = claim(fleet.register, f"round-{number}")
        names.add((one.model_id, one.run_id))
        go_by(fleet.register.url, 1)
        settle(fleet.register, lambda _dag, _run: None)
    assert len(names) == 1, "each start of an attempt is of the same run"
    (failed,) = [row for row in rows(fleet) if row.state == "failed"]
    assert failed.reason.startswith("Airflow knows no run of it after 5 starts")


def test_a_run_that_airflow_still_has_keeps_its_lease_for_days(fleet: Fleet) -> None:
    budget(fleet, at_once=1, per_day=100)
    (one,) = claim(fleet.register, "one")
    for _ in range(72):
        go_by(fleet.register.url, 1)
        assert settle(fleet.register, lambda _dag, _run: "running") == []
        assert claim(fleet.register, "other") == []
    ends(fleet, one)
    assert settle(fleet.register, lambda _dag, _run: "running") == [f"{one.model_id}: done (pass)"], "the record counts, not Airflow's word"


@pytest.mark.parametrize("word", ["failed", "success"])
def test_a_run_that_ended_without_a_decision_failed_whatever_airflow_calls_it(fleet: Fleet, word: str) -> None:
    budget(fleet, at_once=1, per_day=100)
    (one,) = claim(fleet.register, "one")
    settle(fleet.register, lambda _dag, _run: word)
    row = next(row for row in rows(fleet) if row.model_id == one.model_id)
    assert (row.state, row.verdict) == ("failed", None)
    assert row.reason.startswith(f"its run ended without a decision (Airflow says {word})")


def test_a_verdict_that_the_ledger_does_not_have_is_not_believed(fleet: Fleet) -> None:
    budget(fleet, at_once=1, per_day=100)
    (one,) = claim(fleet.register, "one")
    ends(fleet, one)
    with fleet.register.write() as session, guards_down(session.connection()):
        session.scalars(select(RunRow).where(RunRow.run_id == one.run_id)).one().verdict = "warned"
        session.flush()
    assert settle(fleet.register, lambda _dag, _run: "success") == [
        f"{one.model_id}: failed, the ledger has the verdict pass of its run, the register warned"]
