"""Nobody approves over evidence that is older than the tier permits; rejecting it, and what was approved before, is as ever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest

from bank import Bank, governance, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import Refused, VoteRefused
from modelops_airflow.governance import break_glass as break_glass_module
from modelops_airflow.governance import vote as vote_module
from modelops_airflow.governance.activate import active
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.policy.evidence_age import LONGEST
from modelops_airflow.targets import strengths
from modelops_airflow.ui.reads import gates as gates_page
from modelops_airflow.ui.reads.gates import Asker, gate_rows, waiting_gates


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of votes and pages ahead by so many days."""
    def ahead(days: int) -> None:
        def moved(session: object) -> datetime:
            return database_time(session) + timedelta(days=days)  # type: ignore[arg-type]

        monkeypatch.setattr(vote_module, "database_time", moved)
        monkeypatch.setattr(gates_page, "now", lambda now=gates_page.now: now() + timedelta(days=days))
    return ahead


def offered(bank: Bank) -> set[tuple[bool, bool]]:
    """Whether the page offers Vera a decision, and whether it says that nobody approves any more."""
    with bank.register.write() as session:
        session.merge(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    with bank.register.read() as session:
        rows = gate_rows(session, waiting_gates(session, ["pricing"]), Asker("vera", active(session)))
        return {(row["may_decide"], "older than" in row["too_old"]) for row in rows if row["step"] == "approve-validation"}


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_an_approval_a_day_after_the_longest_age_is_refused_and_one_a_day_before_is_not(bank: Bank, later: Callable[[int], None], tier: int) -> None:
    release = bank.release(tier=tier)
    later(LONGEST[tier].days + 1)
    with pytest.raises(VoteRefused, match=f"at tier {tier} nobody approves over evidence that is older than {LONGEST[tier].days} days") as caught:
        bank.vote(release, "approve-validation", "vera")
    assert caught.value.code == "old-evidence"
    later(LONGEST[tier].days - 1)
    bank.vote(release, "approve-validation", "vera")


def test_the_page_offers_a_decision_and_says_that_it_can_only_be_a_rejection(bank: Bank, later: Callable[[int], None]) -> None:
    bank.release(tier=2)
    assert offered(bank) == {(True, False)}
    later(181)
    assert offered(bank) == {(True, True)}


def test_old_evidence_can_be_rejected(bank: Bank, later: Callable[[int], None]) -> None:
    release = bank.release()
    later(400)
    vote_module.vote(bank.desk, release.gates["approve-risk"], person("rita"), "reject", "It is too old.", release.subject)
    assert bank.state() == "rejected"


@pytest.mark.parametrize(("days", "refused"), [(179, True), (170, False)])
def test_an_emergency_over_evidence_that_nobody_could_approve_when_it_is_due_is_refused(bank: Bank, monkeypatch: pytest.MonkeyPatch, days: int, refused: bool) -> None:
    bank.govern(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    release = bank.release(tier=2)
    monkeypatch.setattr(break_glass_module, "database_time", lambda session: database_time(session) + timedelta(days=days))
    with pytest.raises(Refused, match="nobody could give them any more") if refused else nullcontext():
        break_glass_module.break_glass(bank.register, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    assert (bank.events("done")[-1] == "promotion") is not refused
