"""A conditional approval names what must be done, and ends within the limit of its tier."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bank import Bank, Candidate, person
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.tables import DecisionRow, FindingRow

TEXT = "Recalibrate within the quarter"


def conditional(bank: Bank, release: Candidate, *, conditions: tuple[str, ...] = (TEXT,), decision: str = "approve",
                until: datetime | None = None) -> None:
    vote(bank.register, release.gates["approve-validation"], person("vera"), decision, "See the conditions.", release.subject,
         conditions=conditions, until=until)


def row(bank: Bank) -> DecisionRow:
    with bank.register.read() as session:
        return session.scalars(select(DecisionRow).where(DecisionRow.person == "vera")).one()


def live(bank: Bank, release: Candidate) -> None:
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    bank.deploy(release)


def test_conditions_are_kept_and_become_a_finding_of_what_is_live(bank: Bank) -> None:
    release = bank.release()
    conditional(bank, release)
    live(bank, release)
    assert row(bank).conditions == [TEXT]
    assert bank.findings() == ["conditions-open"]
    with bank.register.read() as session:
        assert TEXT in session.scalars(select(FindingRow.message)).one()


def test_a_release_without_conditions_closes_the_finding(bank: Bank) -> None:
    release = bank.release()
    conditional(bank, release)
    live(bank, release)
    bank.live("2.0.0")
    assert bank.findings() == []


def test_a_conditional_approval_ends_within_the_limit_of_the_tier(bank: Bank) -> None:
    gates = {"approve-validation": {"roles": {"validator": 1}, "meaning": "validate", "valid": "P900D"},
             "approve-risk": {"roles": {"risk": 2}, "valid": "P900D"}}
    release = bank.release(gates=gates)
    conditional(bank, release)
    left = row(bank).expires_at - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(days=179) < left < timedelta(days=181)


def test_an_approval_may_end_earlier_and_falls_away_then(bank: Bank) -> None:
    release = bank.release()
    conditional(bank, release, until=datetime.now(UTC) + timedelta(seconds=2))
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    time.sleep(3)
    with pytest.raises(PromotionRefused, match="expired"):
        bank.promote(release)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"until": datetime.now(UTC) - timedelta(days=1)}, "expiry"),
        ({"until": datetime.now(UTC) + timedelta(days=500)}, "expiry"),
        ({"conditions": ("",)}, "conditions"),
        ({"conditions": ("x" * 501,)}, "conditions"),
        ({"conditions": ("x",) * 21}, "conditions"),
        ({"decision": "reject"}, "conditions"),
    ],
)
def test_what_no_condition_can_be_is_refused(bank: Bank, asked: dict[str, object], code: str) -> None:
    with pytest.raises(VoteRefused) as refused:
        conditional(bank, bank.release(), **asked)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert bank.events("denied") == ["decision"]


def test_conditions_edited_in_the_database_void_the_promotion(bank: Bank) -> None:
    release = bank.release()
    conditional(bank, release)
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    bank.forge("UPDATE modelops_decision SET conditions = '[]' WHERE person = 'vera'")
    with pytest.raises(PromotionRefused, match="decisions of vera are not as the ledger has them"):
        bank.promote(release)
