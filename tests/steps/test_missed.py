"""Scoring that is late or failed is a finding, as the register has it; Airflow is not asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from score_world import ago, batch_bank, defined, score_plan, score_run, scored, write

from bank import Bank, governance
from modelops_airflow.governance.stop import suspend
from modelops_airflow.steps.missed import missed
from modelops_airflow.steps.run import Interval

HOUR = timedelta(hours=1)


@pytest.fixture
def place(bank: Bank) -> Bank:
    return batch_bank(bank)


def since(bank: Bank, minutes: int) -> None:
    """It went live so long ago."""
    bank.forge("UPDATE modelops_deployment SET at = :at", at=ago(minutes).replace(tzinfo=None))


def wrong(bank: Bank, late: timedelta = timedelta(minutes=5)) -> tuple[str, ...]:
    return missed(bank.register, "pricing", "production", late)


def test_nothing_is_due_of_what_is_not_live(place: Bank) -> None:
    assert wrong(place) == ()
    place.live()
    defined(place)
    since(place, 30)
    assert wrong(place)
    from bank import person

    suspend(place.register, "pricing", "production", person("rita"), "stop")
    assert wrong(place) == ()


def test_a_life_cycle_that_nobody_wrote_is_told(place: Bank) -> None:
    place.live()
    assert wrong(place) == ("it is live, and no life cycle of its file scores with it",)


def test_an_interval_is_missed_when_it_is_late_and_not_before(place: Bank) -> None:
    place.live()
    defined(place)
    assert wrong(place) == (), "it has not been live for a whole interval"
    since(place, 30)
    [told] = wrong(place)
    assert told.startswith("nothing was scored of the interval that ended at ") and told.endswith("nothing ever was")
    assert wrong(place, HOUR) == ()


def test_what_was_scored_is_not_missed(place: Bank) -> None:
    place.live()
    defined(place)
    since(place, 30)
    end = ago(5)
    scored(score_run(place, interval=Interval(end - timedelta(minutes=1), end), plan=score_plan(place, "* * * * *")))
    assert wrong(place, timedelta(minutes=6)) == ()
    [told] = wrong(place, timedelta(minutes=1))
    assert f"the last one ended at {end:%Y-%m-%d %H:%M} UTC" in told


def test_a_last_run_that_failed_is_told_until_one_does_not(place: Bank) -> None:
    place.live()
    defined(place, "@yearly")
    write(place, [])
    scored(score_run(place))
    [told] = wrong(place)
    assert told.startswith("its last run failed: ") and "no rows" in told
    write(place, [1])
    scored(score_run(place, "scheduled__2"))
    assert wrong(place) == ()


def test_converging_makes_a_finding_of_it_and_closes_it(place: Bank) -> None:
    place.live()
    defined(place, "@yearly")
    assert place.converge() == [] and place.findings() == []
    write(place, [])
    scored(score_run(place))
    [line] = place.converge()
    assert line.startswith("pricing in production: its last run failed: ")
    assert place.findings() == ["scoring-production"]
    write(place, [1])
    scored(score_run(place, "scheduled__2"))
    assert place.converge() == [] and place.findings() == []


def test_how_late_is_an_option_of_the_place(place: Bank) -> None:
    place.live()
    defined(place)
    since(place, 50)
    assert place.converge() == []
    place.govern(governance(environments={"production": {"target": "batch", "with": {"path": "live", "late": 5}}}))
    place.live("2.0.0")
    since(place, 50)
    assert "nothing was scored" in place.converge()[0]


def test_a_run_that_failed_before_a_version_came_is_not_its_own(place: Bank) -> None:
    place.live()
    defined(place, "@yearly")
    write(place, [])
    scored(score_run(place))
    assert wrong(place)
    place.live("1.1.0")
    assert wrong(place) == ()
    scored(score_run(place, "scheduled__2"))
    assert wrong(place)
