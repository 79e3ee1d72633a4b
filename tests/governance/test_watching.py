"""What is live and no longer approved is a finding until it is approved again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bank import Bank, held, person
from modelops_airflow.database import database_time
from modelops_airflow.digest import digest_of
from modelops_airflow.governance import watch
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.vote import withdraw


def test_an_approved_model_is_no_finding_and_watching_writes_nothing(bank: Bank) -> None:
    bank.live()
    before = bank.events()
    assert bank.converge() == []
    assert (bank.findings(), bank.events()) == ([], before)


def test_approvals_that_expire_under_a_live_model_are_a_finding(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()

    def later(session: Session) -> datetime:
        return database_time(session) + timedelta(days=91)

    monkeypatch.setattr(watch, "database_time", later)
    assert "the approval has expired" in bank.converge()[0]
    assert bank.findings() == ["approval-fell-away"]
    assert bank.converge() == []
    monkeypatch.undo()
    assert bank.converge() == ["pricing is approved again"]
    assert bank.findings() == []


def test_a_person_who_loses_the_role_takes_the_approval_of_what_is_live_along(bank: Bank) -> None:
    bank.live()
    wanted = held(risk=["rolf", "ruth"])
    propose(bank.register, wanted, "sync")
    activate(bank.register, digest_of(wanted), person("vera"))
    assert "no longer holds the role risk" in bank.converge()[0]


def test_a_withdrawn_approval_is_still_a_finding_after_watching(bank: Bank) -> None:
    bank.live()
    withdraw(bank.register, 1, person("vera"))
    bank.converge()
    assert bank.findings() == ["approval-fell-away"]


def test_a_plan_that_cannot_be_read_is_a_finding_and_others_are_watched_all_the_same(bank: Bank) -> None:
    bank.live()
    bank.forge("UPDATE modelops_document SET body = :body WHERE digest = (SELECT plan FROM modelops_run)", body=b'{"x":1}')
    line = bank.converge()[-1]
    assert "its approvals no longer hold: gate approve-" in line and "is missing from the register or has changed" in line
    assert "approval-fell-away" in bank.findings()


@pytest.mark.parametrize("rules", ['{"roles": {"risk": "two"}}', '{"roles": {"risk": null}}', '{"roles": {"risk": -1}}', "{}"])
def test_a_gate_that_a_task_spoilt_is_a_finding_and_no_end_of_the_watch(bank: Bank, rules: str) -> None:
    bank.live()
    bank.sql("UPDATE modelops_gate SET rules = :rules WHERE step = 'approve-risk'", rules=rules)
    assert "its approvals no longer hold: gate approve-risk cannot be asked" in bank.converge()[-1]
    assert bank.findings() == ["approval-fell-away"]
