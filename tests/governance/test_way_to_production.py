"""The honest way: what is decided and approved goes live, and every step of it is on record."""

from __future__ import annotations

from bank import FOUNDED, Bank
from modelops_airflow.ledger import verify


def test_an_approved_version_goes_live_and_the_target_shows_its_bytes(bank: Bank) -> None:
    release = bank.live()
    assert bank.shown() == release.artifact
    assert bank.state() == "in_use"
    assert bank.deployments() == [(1, "live")]


def test_every_step_of_the_way_is_an_event_and_nothing_was_denied(bank: Bank) -> None:
    bank.live()
    assert bank.events() == [
        *FOUNDED,
        "pinned",
        "recorded",
        "recorded",
        "decided",
        "gate-opened",
        "gate-opened",
        "decision",
        "decision",
        "decision",
        "promotion",
        "publishing",
        "live",
    ]
    assert bank.events("denied") == []
    with bank.register.read() as session:
        assert verify(session) == []


def test_the_next_version_supersedes_the_one_before(bank: Bank) -> None:
    bank.live("1.0.0")
    second = bank.live("1.1.0")
    assert bank.shown() == second.artifact
    assert bank.deployments() == [(1, "superseded"), (2, "live")]
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("approved", "in_use")


def test_a_repeated_deploy_task_changes_nothing(bank: Bank) -> None:
    release = bank.live()
    before = bank.tables()
    bank.deploy(release)
    assert bank.tables() == before


def test_a_version_that_fails_a_requirement_is_rejected_and_opens_no_gate(bank: Bank) -> None:
    import pytest

    from modelops_airflow.errors import Refused

    key = bank.pin()
    bank.measure(key, ratio=0.5)
    assert bank.decide(key) == "fail"
    assert bank.state() == "rejected"
    with pytest.raises(Refused, match="cannot open: the run is fail"):
        bank.gates(key)
