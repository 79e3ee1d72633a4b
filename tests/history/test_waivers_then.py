"""A waiver counts on the days for which it was accepted, and on no other, whenever somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from past_world import Past, bodies

from bank import Bank, governance, person
from modelops_airflow.governance import waive
from modelops_airflow.history.reader import Reader
from modelops_airflow.history.record import records
from modelops_airflow.history.series import series


@pytest.fixture
def past(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Past:
    if "sqlite" not in bank.url:
        pytest.skip("the clock is moved on SQLite alone")
    bank.govern(governance(own_policies={"own": bodies(bank.root, 1)["own"]}))
    world = Past(bank, monkeypatch)
    world.define(1)
    world.release(ratio=0.50)
    return world


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
