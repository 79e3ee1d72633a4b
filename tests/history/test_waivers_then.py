"""A waiver counts on the days for which it was accepted, and on no other, whenever somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from past_world import Past, bodies

from bank import GOVERNANCE, governance, person
from modelops_airflow.governance import waive
from modelops_airflow.history.reader import Reader
from modelops_airflow.history.record import records
from modelops_airflow.history.series import series


@pytest.fixture
def past(past: Past) -> Past:
    past.bank.govern(governance(own_policies={"own": bodies(past.bank.root, 1)["own"]}))
    past.define(1)
    past.release(ratio=0.50)
    return past


def waived(past: Past, days: int) -> tuple[int, datetime]:
    """A waiver of the control that fails, asked for and accepted; answers its number and when it was."""
    past.clock.go(days=1)
    asked = waive.Asked("own", "OWN-1", "The sample is small.", ("A person looks.",), (past.clock.at + timedelta(days=days)).date())
    number = waive.ask_waiver(past.bank.desk, "pricing", person("olaf"), asked)
    past.clock.go(hours=1)
    for who in ("rita", "rolf")[:2]:
        one = waive.accept(past.bank.desk, "pricing", number, person(who), "Yes.")
        if one.stored == "active":
            break
    return number, past.clock.at


def status(past: Past, at: datetime) -> str:
    (pack,) = [one for one in past.state(at).packs if one.name == "own"]
    (control,) = [one for one in pack.controls if one.status.control == "OWN-1"]
    return control.status.status


def test_it_counts_from_its_acceptance_to_the_end_of_its_last_day(past: Past) -> None:
    _, at = waived(past, days=20)

    assert status(past, at - timedelta(minutes=1)) == "not satisfied"  # it was asked for, and not accepted yet
    assert status(past, at) == "waived"
    assert status(past, at + timedelta(days=19)) == "waived"
    assert status(past, at + timedelta(days=22)) == "not satisfied"  # nobody did anything, and it is over


def test_one_that_was_revoked_counted_until_then(past: Past) -> None:
    number, at = waived(past, days=20)
    then = past.clock.go(days=5)
    waive.revoke(past.bank.desk, "pricing", number, person("ruth"), "It is not looked at.")

    assert (status(past, then - timedelta(minutes=1)), status(past, then)) == ("waived", "not satisfied")
    assert status(past, at) == "waived"


def test_the_history_of_the_control_has_its_beginning_and_its_end(past: Past) -> None:
    _, at = waived(past, days=20)
    with past.bank.register.read() as session:
        found = series(records(session, ["pricing"])["pricing"], Reader(session, past.bank.store), None, at + timedelta(days=40))[("own", "OWN-1")]

    assert [one.status for one in found][-3:] == ["not satisfied", "waived", "not satisfied"]
    assert found[-2].since == at and (found[-2].until - at) > timedelta(days=19)


@pytest.mark.parametrize("facts", [{"tier": 1}, {"owner": "rita"}, {"developers": ["rita"]}], ids=str)
def test_it_counts_no_more_once_the_tier_or_those_who_make_it_are_others(past: Past, facts: dict[str, Any]) -> None:
    _, at = waived(past, days=20)
    then = past.clock.go(days=3)
    past.define(1, **facts)

    assert (status(past, at), status(past, then - timedelta(minutes=1)), status(past, then)) == ("waived", "waived", "not satisfied")


def test_a_change_of_the_file_that_is_about_neither_leaves_it(past: Past) -> None:
    waived(past, days=20)
    then = past.clock.go(days=3)
    past.define(1, purpose="Something else.")

    assert status(past, then) == "waived"


def test_by_what_names_people_go_is_asked_of_the_governance_of_the_moment(past: Past) -> None:
    past.define(1, developers=["r-risk"])
    _, at = waived(past, days=20)
    then = past.clock.go(days=3)
    rita = GOVERNANCE["people"]["rita"]
    past.bank.govern(governance(own_policies={"own": bodies(past.bank.root, 1)["own"]}, people={**GOVERNANCE["people"], "rita": {**rita, "git": ["r-risk"]}}))

    assert (status(past, at), status(past, then - timedelta(minutes=1)), status(past, then)) == ("waived", "waived", "not satisfied")


def test_who_became_an_author_accepted_nothing_from_then_on(past: Past) -> None:
    _, at = waived(past, days=20)
    then = past.clock.go(days=3)
    past.bank.pin("1.1.0", run="of-rita", by="rita")

    assert (status(past, at), status(past, then - timedelta(minutes=1)), status(past, then)) == ("waived", "waived", "not satisfied")
