"""What comes due is told before and after, and what is open again is told anew, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from sqlalchemy import select

from bank import Bank, governance, person
from finding_world import acts, days_from_now, later, raised
from modelops_airflow.database import database_time
from modelops_airflow.governance.finding_watch import reopen_findings
from modelops_airflow.governance.occasions import SOURCES, around
from modelops_airflow.governance.outbox import fill
from modelops_airflow.governance.overlays import APPROVED, Proposal, decide_overlay, propose_overlay
from modelops_airflow.governance.restrict import restrict
from modelops_airflow.inventory.tables import CampaignRow, ModelRow, RecertificationRow, RunRow
from modelops_airflow.policy.notice import Notice, notices
from modelops_airflow.policy.occasion import Occasion
from modelops_airflow.spec.types import Notify
from waiver_world import accept, ask, day

WORDS = dict.fromkeys(("what", "why", "size", "method", "exit"), "x")
NOTIFY = {"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example"]}
Look = Callable[[], dict[str, Occasion]]


@pytest.fixture
def told(bank: Bank) -> Look:
    """The bank tells somebody of findings, and its model is reviewed twice a year; answers the occasions of a moment by `about`."""
    bank.govern(governance(notify=[NOTIFY | {"about": ["finding-opened"]}]))
    with bank.register.write() as session:
        session.add(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf", review_every="P6M"))

    def look() -> dict[str, Occasion]:
        with bank.register.read() as session:
            return {one.about: one for source in SOURCES for one in source(around(session))}

    return look


def passes(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """So many days pass for who looks for occasions, and for findings."""
    later(monkeypatch, days)
    monkeypatch.setattr(import_module("modelops_airflow.governance.occasions.around"), "database_time", lambda session: database_time(session) + timedelta(days=days))


def in_days(one: Occasion) -> int:
    assert one.due is not None
    return round((one.due - datetime.now(UTC)) / timedelta(days=1))


def as_told(one: Occasion, days: float) -> list[Notice]:
    """What is sent of it so many days after it is due to somebody who wants all of it."""
    assert one.due is not None
    entry = Notify.model_validate_json(json.dumps(NOTIFY | {"about": [f"{one.about}-due", f"{one.about}-overdue"]}))
    return list(notices([one], [entry], one.due + timedelta(days=days)).values())


def test_a_review_is_told_before_it_is_due_and_after(bank: Bank, told: Look) -> None:
    assert "review" not in told(), "what is not in use owes none"
    bank.live()
    one = told()["review"]
    assert 178 < in_days(one) < 186
    assert [notice.level for days in (-80, -1, 1) for notice in as_told(one, days)] == ["due", "overdue"]


def test_a_finding_is_told_with_its_due_date_and_an_accepted_risk_with_its_end(bank: Bank, told: Look) -> None:
    bank.release()
    number = raised(bank, "medium")
    assert in_days(told()["finding"]) == 180
    acts(bank, number, "accept-risk", "rita", controls="By hand.", until=days_from_now(bank, 30))
    found = told()["finding"]
    assert in_days(found) == 30 and "accepted" in found.sentence


def test_a_finding_that_is_open_again_is_told_again_once(bank: Bank, told: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.release()
    number = raised(bank, "medium")
    assert (fill(bank.register).new, fill(bank.register).new) == (1, 0)
    acts(bank, number, "accept-risk", "rita", controls="By hand.", until=days_from_now(bank, 30))
    assert fill(bank.register).new == 0
    passes(monkeypatch, 31)
    assert fill(bank.register).new == 1 and "open again" in told()["finding-reopened"].sentence
    reopen_findings(bank.register)
    assert fill(bank.register).new == 0, "that it was written down is nothing new"


def test_the_end_of_a_waiver_of_a_control_is_told(bank: Bank, told: Look) -> None:
    bank.govern(governance(policies=["four-fifths"], notify=[NOTIFY | {"about": ["waiver-due"]}]))
    bank.release()
    number = ask(bank)
    assert "waiver" not in told(), "what nobody accepted does not end"
    accept(bank, number)
    assert in_days(told()["waiver"]) in (30, 31) and "four-fifths FF-RATIO" in told()["waiver"].sentence


def test_the_end_of_an_overlay_is_told(bank: Bank, told: Look) -> None:
    propose_overlay(bank.desk, "pricing", person("olaf"), Proposal("floor", "olaf", "rita", day(0), day(30), WORDS))
    assert "overlay" not in told()
    decide_overlay(bank.desk, "pricing", "floor", person("rita"), APPROVED, "It is small.")
    assert in_days(told()["overlay"]) in (30, 31) and told()["overlay"].asked == "olaf, its owner"


def test_the_end_of_a_restriction_of_what_is_live_is_told(bank: Bank, told: Look) -> None:
    bank.live()
    assert "restriction" not in told()
    restrict(bank.desk, "pricing", "1.0.0", person("rita"), "Small loans only.", day(10))
    assert in_days(told()["restriction"]) in (10, 11) and "Small" not in told()["restriction"].sentence


def test_the_last_recertification_of_a_model_is_told_if_it_failed(bank: Bank, told: Look) -> None:
    bank.release()
    with bank.register.write() as session:
        run = session.scalars(select(RunRow)).one()
        campaign = CampaignRow(inputs="sha256:" + "0" * 64, looked_at=1, affected=1, unreadable=0)
        session.add(campaign)
        session.flush()
        for cause, state in (("1", "done"), ("2", "failed")):
            session.add(RecertificationRow(campaign=campaign.id, model_id="pricing", cause=f"sha256:{cause * 64}", standing=run.id, before=run.plan,
                                           verdict_before="pass", expected="fail", tier=2, state=state))
            session.flush()
    one = told()["recertification-failed"]
    assert one.due is None and one.next_step.endswith("modelops recertify retry pricing")
