"""A conditionally approved version is used under its conditions until a moment; two people put it into full use, or its time takes it out of service."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bank import Bank, Candidate, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance import obstacles, restriction_watch, restrictions
from modelops_airflow.governance import restrict as restrict_module
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.vote import vote
from modelops_airflow.targets import strengths
from waiver_world import day

TEXT = "Recalibrate within the quarter"


def conditional(bank: Bank, version: str = "1.0.0") -> Candidate:
    """A version that Vera approves under a condition, and the risk function without one."""
    release = bank.release(version)
    vote(bank.register, release.gates["approve-validation"], person("vera"), "approve", "See the conditions.", release.subject, conditions=(TEXT,))
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    return release


def restricted(bank: Bank) -> Candidate:
    """The same in use."""
    release = conditional(bank)
    bank.deploy(release)
    return release


def met(bank: Bank, who: str, version: str = "1.0.0", comment: str = "It is recalibrated.") -> bool:
    return conditions_met(bank.desk, "pricing", version, person(who), comment).lifted


def code(call: object, *given: object) -> str:
    with pytest.raises(Refused) as error:
        call(*given)  # type: ignore[operator]
    return error.value.code


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    for module in (restrictions, restriction_watch, restrict_module):
        monkeypatch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=days))


def test_an_approval_under_conditions_is_conditional_and_puts_the_version_in_restricted_use(bank: Bank) -> None:
    release = conditional(bank)
    assert bank.state() == "conditional"
    bank.deploy(release)
    assert bank.state() == "restricted" and bank.shown() == release.artifact
    assert bank.findings() == ["conditions-open"]


def test_two_people_in_different_roles_put_it_into_full_use(bank: Bank) -> None:
    restricted(bank)
    assert [code(met, bank, who) for who in ("dana", "olaf", "nobody")] == ["role"] * 3
    assert code(conditions_met, bank.desk, "pricing", "1.0.0", person("vera"), " ") == "reason"
    assert met(bank, "rita") is False
    assert code(met, bank, "rita") == "decided"
    assert met(bank, "rolf") is False  # the same role once more is not another function
    assert bank.state() == "restricted"
    assert met(bank, "vera") is True
    assert bank.state() == "in_use" and bank.findings() == []
    assert code(met, bank, "ines") == "state"


def test_what_was_met_is_not_asked_again_when_it_goes_back_to_the_version(bank: Bank) -> None:
    restricted(bank)
    for who in ("vera", "rita"):
        met(bank, who)
    bank.live("2.0.0")
    rollback(bank.desk, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    bank.converge()
    assert bank.state() == "in_use" and bank.state("2.0.0") == "approved"


def test_what_is_superseded_in_restricted_use_is_conditional_again(bank: Bank) -> None:
    restricted(bank)
    bank.live("2.0.0")
    assert (bank.state(), bank.state("2.0.0")) == ("conditional", "in_use")


def test_its_time_takes_it_out_of_service_and_refuses_it_at_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = restricted(bank)
    bank.converge()
    assert bank.state() == "restricted"
    later(monkeypatch, 91)
    with pytest.raises(PromotionRefused, match=r"the restriction of version 1\.0\.0 ended on"):
        bank.promote(release)
    assert code(met, bank, "vera") == "over"
    assert any("pricing is suspended in production" in line for line in bank.converge())
    assert bank.state() == "suspended" and bank.shown() is None
    assert "restricted" in bank.findings()
    before = bank.events()
    bank.converge()
    assert bank.events() == before


def test_without_that_watch_it_would_stay(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    release = restricted(bank)
    later(monkeypatch, 91)
    monkeypatch.setattr(restriction_watch, "end_restricted", lambda *_: "")
    monkeypatch.setattr(obstacles, "restricted", lambda *_: "")
    bank.converge()
    assert bank.state() == "restricted" and bank.shown() == release.artifact
    bank.promote(release)


def test_a_person_of_the_control_side_restricts_what_is_in_use(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()

    def act(who: str = "ines", terms: str = "No new customers.", until: date | None = None) -> None:
        restrict(bank.desk, "pricing", "1.0.0", person(who), terms, until or day())

    assert [code(act, *given) for given in (("dana",), ("olaf",), ("ines", " "), ("ines", "No.", day(-1)), ("ines", "No.", day(400)))] == [
        "role", "role", "reason", "expiry", "expiry"]
    act()
    assert bank.state() == "restricted" and bank.findings() == ["restricted"]
    assert code(act) == "state"
    met(bank, "vera")
    met(bank, "ines")
    assert bank.state() == "in_use" and bank.findings() == []
    act()
    later(monkeypatch, 32)
    bank.converge()
    assert bank.state() == "suspended"


def test_one_person_stops_a_restricted_version_as_any_other(bank: Bank) -> None:
    from modelops_airflow.governance.stop import suspend

    restricted(bank)
    suspend(bank.desk, "pricing", "production", person("dana"), "it decides wrongly")
    assert bank.state() == "suspended"
