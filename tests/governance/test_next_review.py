"""When a review is due counts from what people approved, and is computed when it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bank import Bank, Candidate, held
from modelops_airflow.database import database_time
from modelops_airflow.errors import VoteRefused
from modelops_airflow.governance import gate as gate_module
from modelops_airflow.governance import reviewed as reviewed_module
from modelops_airflow.governance import vote as vote_module
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.reviewed import last_approved
from modelops_airflow.governance.start import RunKey, pin_in_use
from modelops_airflow.inventory.tables import GateRow, ModelRow
from modelops_airflow.ui.reads import fleet

GATES: dict[str, dict[str, Any]] = {"opinion": {"roles": {"validator": 1}, "meaning": "validate"}, "attest": {"roles": {"owner": 1}, "meaning": "attest"}}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the database's clock ahead by so many days, for gates, for people who decide, and for whoever asks when that was."""
    return lambda days: [monkeypatch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=days))
                         for module in (gate_module, vote_module, reviewed_module)]


def review(bank: Bank, run_id: str, *, as_of: str = "", ratio: float = 0.92, tier: int = 2) -> RunKey:
    """A review of the version in use, up to its decision."""
    plan = replace(bank.plan(gates=GATES, tier=tier), lifecycle="review", on="schedule", as_of=as_of)
    plan = replace(plan, steps=tuple(step for step in plan.steps if step.phase != "act"))
    key = RunKey("pricing.review", run_id)
    assert pin_in_use(bank.register, key, plan.to_json(), "schedule") is not None
    bank.measure(key, ratio)
    bank.decide(key)
    return key


def review_by(bank: Bank, run_id: str, gates: dict[str, dict[str, Any]]) -> Candidate:
    """A review with other gates than it should have, open."""
    plan = replace(bank.plan(gates=gates), lifecycle="review", on="schedule")
    plan = replace(plan, steps=tuple(step for step in plan.steps if step.phase != "act"))
    key = RunKey("pricing.review", run_id)
    assert pin_in_use(bank.register, key, plan.to_json(), "schedule") is not None
    bank.measure(key)
    bank.decide(key)
    return bank.gates(key)


def last(bank: Bank) -> datetime:
    with bank.register.read() as session:
        return last_approved(session, ["pricing"])["pricing"]


def approve(bank: Bank, asked: Candidate) -> None:
    for gate, who in (("opinion", "vera"), ("attest", "olaf")):
        bank.vote(asked, gate, who)


def test_a_review_counts_from_its_last_approval_and_not_from_its_measurement(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    asked = bank.gates(review(bank, "scheduled__1"))
    assert last(bank) == released, "it was measured, and nobody said anything"
    bank.vote(asked, "opinion", "vera")
    assert last(bank) == released, "the owner has not attested"
    bank.vote(asked, "attest", "olaf")
    assert timedelta(days=99) < last(bank) - released < timedelta(days=101)


def test_a_review_whose_second_gate_was_never_opened_counts_for_nothing(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    key = review(bank, "scheduled__1")
    gate = open_gate(bank.register, key, "attest")
    with bank.register.read() as session:
        subject = session.get_one(GateRow, gate).subject
    bank.vote(Candidate(key, "1.0.0", bank.run(key).artifact, subject, {"attest": gate}), "attest", "olaf")
    assert last(bank) == released


def test_what_the_owner_alone_says_is_no_review(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    bank.vote(review_by(bank, "owner", {"attest": GATES["attest"]}), "attest", "olaf")
    assert last(bank) == released
    bank.vote(review_by(bank, "control", {"attest": {"roles": {"risk": 1}, "meaning": "attest"}}), "attest", "rita")
    assert last(bank) > released


def test_what_a_task_writes_of_a_gate_is_not_believed(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    asked = bank.gates(review(bank, "scheduled__1"))
    for at in ("2026-01-01 00:00:00", "2098-01-01 00:00:00"):
        bank.sql("UPDATE modelops_gate SET state = 'approved', settled_at = :at WHERE step IN ('opinion', 'attest')", at=at)
        assert last(bank) == released
    bank.sql("UPDATE modelops_gate SET state = 'open', settled_at = NULL WHERE step IN ('opinion', 'attest')")
    approve(bank, asked)
    at = last(bank)
    assert timedelta(days=99) < at - released < timedelta(days=101)
    bank.sql("UPDATE modelops_gate SET settled_at = '2098-01-01 00:00:00'")
    assert last(bank) == at


def test_laxer_rules_in_the_row_of_a_gate_make_no_review(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    asked = review_by(bank, "two", {**GATES, "opinion": {"roles": {"risk": 2}, "meaning": "validate"}})
    bank.vote(asked, "opinion", "rita")
    bank.vote(asked, "attest", "olaf")
    bank.sql("UPDATE modelops_gate SET rules = :rules WHERE id = :id", rules='{"roles": {"risk": 1}, "meaning": "validate"}', id=asked.gates["opinion"])
    assert last(bank) == released


def test_a_decision_after_now_counts_for_nothing(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    approve(bank, bank.gates(review(bank, "scheduled__1")))
    later(50)
    assert last(bank) == released


def test_a_validator_who_left_since_has_reviewed_all_the_same(bank: Bank, later: Any) -> None:
    bank.live()
    later(100)
    approve(bank, bank.gates(review(bank, "scheduled__1")))
    at = last(bank)
    later(0)
    bank.govern(held(validator=["ines"], audit=["vera"]), "rita", "rolf")
    bank.forge("UPDATE modelops_event SET at = :at WHERE idx = (SELECT max(idx) FROM modelops_event WHERE kind = 'governance-activated')",
               at=f"{at + timedelta(days=50):%Y-%m-%d %H:%M:%S}")
    later(200)
    assert last(bank) == at


def test_a_review_that_the_validator_rejects_counts_for_nothing(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(100)
    asked = bank.gates(review(bank, "scheduled__1"))
    bank.vote(asked, "opinion", "vera", "reject")
    bank.vote(asked, "attest", "olaf")
    assert last(bank) == released


def test_a_review_for_a_past_day_counts_from_that_day(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(170)
    day = (released + timedelta(days=50)).date()
    approve(bank, bank.gates(review(bank, "backfill__1", as_of=day.isoformat())))
    assert last(bank).date() == day
    old = (released - timedelta(days=900)).date()
    approve(bank, bank.gates(review(bank, "backfill__2", as_of=old.isoformat())))
    assert last(bank).date() == day, "an older period moves nothing back"


def test_it_is_overdue_once_the_day_has_passed_whatever_the_scheduler_did(bank: Bank, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()
    with bank.register.write() as session:
        session.get_one(ModelRow, "pricing").review_every = "P6M"
    at = last(bank)

    def overdue(days: float) -> tuple[list[str], datetime | None]:
        monkeypatch.setattr(fleet, "now", lambda: at + timedelta(days=days))
        with bank.register.read() as session:
            [entry] = fleet.entries(session, ["pricing"])
            return entry.overdue, entry.review

    assert overdue(180)[0] == [] and overdue(185)[0] == ["review"]
    later(186)
    approve(bank, bank.gates(review(bank, "scheduled__1", tier=3)))
    told, due = overdue(187)
    assert told == [] and due is not None and due - last(bank) > timedelta(days=180)
    assert overdue(186 + 185)[0] == ["review"]


def test_the_validator_must_be_independent_and_the_owner_attests(bank: Bank) -> None:
    bank.live()
    asked = bank.gates(review(bank, "scheduled__1"))
    for gate, who in (("opinion", "olaf"), ("opinion", "dana"), ("attest", "vera"), ("attest", "rita")):
        with pytest.raises(VoteRefused):
            bank.vote(asked, gate, who)


def test_a_review_whose_gate_a_task_spoilt_does_not_count(bank: Bank, later: Any) -> None:
    bank.live()
    released = last(bank)
    later(1)
    asked = bank.gates(review(bank, "review__1"))
    approve(bank, asked)
    assert last(bank) > released
    bank.sql("UPDATE modelops_gate SET rules = '{}' WHERE step = 'opinion'")
    assert last(bank) == released
