"""Deciding: how many are enough, what wins, what is refused, and what a clock may void."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import modelops_airflow
from bank import GATES, Bank, Candidate, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import PromotionRefused, Refused, VoteRefused
from modelops_airflow.governance import gate as gate_module
from modelops_airflow.governance import obstacles as obstacles_module
from modelops_airflow.governance import vote as vote_module
from modelops_airflow.governance.transaction import governed
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.tables import DecisionRow


def decision_of(bank: Bank, who: str) -> int:
    """The id of somebody's last decision."""
    with bank.register.read() as session:
        return (
            session.scalars(
                select(DecisionRow.id).where(DecisionRow.person == who).order_by(DecisionRow.id.desc())
            ).first()
            or 0
        )


def refused_code(bank: Bank, release: Candidate, gate: str, who: str, decision: str = "approve", **facts: str) -> str:
    """The code with which a decision is refused."""
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, gate, who, decision, **facts)
    return refused.value.code


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> object:
    """Sets the clock of the database ahead by so many days."""

    def ahead(days: float) -> None:
        def shifted(session: Session) -> datetime:
            return database_time(session) + timedelta(days=days)

        for module in (gate_module, obstacles_module, vote_module):
            monkeypatch.setattr(module, "database_time", shifted)

    return ahead


def test_two_different_persons_are_needed_where_two_are_asked(bank: Bank) -> None:
    release = bank.release()
    assert bank.vote(release, "approve-risk", "rita").state == "open"
    assert refused_code(bank, release, "approve-risk", "rita") == "decided"
    assert bank.vote(release, "approve-risk", "rolf").state == "approved"


def test_a_version_is_approved_with_its_last_gate_in_any_order(bank: Bank) -> None:
    for index, order in enumerate(
        permutations((("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf")))
    ):
        release = bank.release(f"1.{index}.0")
        for gate, who in order[:-1]:
            bank.vote(release, gate, who)
            assert bank.state(release.version) == "waiting"
        bank.vote(release, *order[-1])
        assert bank.state(release.version) == "approved"


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_one_missing_approval_keeps_a_version_out(bank: Bank, missing: int) -> None:
    release = bank.release()
    votes = [("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf")]
    for index, (gate, who) in enumerate(votes):
        if index != missing:
            bank.vote(release, gate, who)
    with pytest.raises(PromotionRefused, match=f"gate {votes[missing][0]} is open .needs 1 more"):
        bank.promote(release)


def test_nobody_counts_at_two_gates(bank: Bank) -> None:
    release = bank.release(gates={"first": GATES["approve-risk"], "second": {"roles": {"risk": 1}}})
    bank.vote(release, "first", "rita")
    assert refused_code(bank, release, "second", "rita") == "decided"


def test_the_same_user_in_two_browsers_counts_once_in_the_database_too(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-risk", "rita")
    again = (
        "INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth) "
        "SELECT gate, step, subject, person, role, decision, meaning, comment, auth FROM modelops_decision"
    )
    with pytest.raises(IntegrityError):
        bank.forge(again)


@pytest.mark.parametrize(
    ("column", "value"), [("person", ""), ("person", None), ("decision", "timeout"), ("decision", None)]
)
def test_a_decision_of_nobody_or_by_default_cannot_be_stored(bank: Bank, column: str, value: str | None) -> None:
    release = bank.release()
    bank.vote(release, "approve-risk", "rita")
    with pytest.raises(IntegrityError):
        bank.forge(f"UPDATE modelops_decision SET {column} = :value", value=value)


def test_a_rejection_wins_and_only_its_author_takes_it_back(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rita")
    assert bank.vote(release, "approve-risk", "rolf", "reject", comment="The sample is too small.").state == "rejected"
    assert bank.state() == "rejected"
    assert refused_code(bank, release, "approve-risk", "ruth") == "closed"
    with pytest.raises(PromotionRefused, match="is rejected"):
        bank.promote(release)
    with pytest.raises(VoteRefused, match="only its author"):
        withdraw(bank.register, decision_of(bank, "rolf"), person("rita"))
    assert bank.state() == "rejected"
    withdraw(bank.register, decision_of(bank, "rolf"), person("rolf"))
    assert bank.state() == "waiting"
    bank.vote(release, "approve-risk", "rolf")
    assert bank.state() == "approved"


def test_a_rejection_at_one_gate_stays_when_another_gates_is_taken_back(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-validation", "vera", "reject")
    bank.vote(release, "approve-risk", "rita", "reject")
    withdraw(bank.register, decision_of(bank, "rita"), person("rita"))
    assert bank.state() == "rejected"


def test_deciding_again_does_not_wipe_out_a_rejection(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-risk", "rita", "reject")
    bank.decide(release.key)
    bank.gates(release.key)
    assert bank.state() == "rejected"
    assert bank.standing(release, "approve-risk").state == "rejected"


def test_a_withdrawn_approval_no_longer_counts(bank: Bank) -> None:
    release = bank.approve(bank.release())
    withdraw(bank.register, decision_of(bank, "rita"), person("rita"))
    with pytest.raises(PromotionRefused, match=r"gate approve-risk is open .needs 1 more risk"):
        bank.promote(release)
    with pytest.raises(VoteRefused, match="already taken back"):
        withdraw(bank.register, decision_of(bank, "rita"), person("rita"))


def test_a_decision_over_something_else_than_was_shown_is_refused(bank: Bank) -> None:
    release = bank.release()
    bank.measure(release.key, ratio=0.95)
    bank.decide(release.key)
    changed = bank.gates(release.key)
    assert refused_code(bank, changed, "approve-risk", "rita", subject=release.subject) == "stale"
    assert bank.vote(changed, "approve-risk", "rita").missing == {"risk": 1}


def test_a_gate_takes_no_decision_between_a_new_verdict_and_its_opening(bank: Bank) -> None:
    release = bank.release()
    bank.measure(release.key, ratio=0.95)
    bank.decide(release.key)
    assert refused_code(bank, release, "approve-risk", "rita") == "stale"


def test_what_is_no_decision_is_refused(bank: Bank) -> None:
    release = bank.release()
    assert refused_code(bank, release, "approve-risk", "rita", "abstain") == "decision"
    assert refused_code(bank, release, "approve-risk", "rita", "reject", comment="  ") == "comment"
    assert refused_code(bank, release, "approve-risk", "rita", comment="x" * 4001) == "comment"
    from modelops_airflow.governance.vote import vote

    with pytest.raises(VoteRefused) as refused:
        vote(bank.register, 999, person("rita"), "approve", "", release.subject)
    assert refused.value.code == "gone"
    assert bank.events("denied") == ["decision"] * 4


def test_an_approval_expires_by_the_clock_of_the_database(bank: Bank, later: object) -> None:
    release = bank.approve(bank.release())
    later(89.9)  # type: ignore[operator]
    bank.promote(release)
    later(90.1)  # type: ignore[operator]
    with pytest.raises(PromotionRefused, match="the approval has expired"):
        bank.promote(release)


def test_who_let_an_approval_expire_may_renew_it(bank: Bank, later: object) -> None:
    release = bank.approve(bank.release())
    bank.without("modelops_decision", "modelops_decision_once")  # it asks the database's clock, which no test can move
    later(91)  # type: ignore[operator]
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf")):
        bank.vote(release, gate, who)
    assert bank.promote(release).epoch == 1


def test_a_second_is_enough_to_expire_on_a_real_clock(bank: Bank) -> None:
    release = bank.release(gates={"approve-risk": {"roles": {"risk": 1}, "valid": "PT1S"}})
    assert bank.vote(release, "approve-risk", "rita").state == "approved"
    time.sleep(2.1)
    with pytest.raises(PromotionRefused, match="rita: the approval has expired"):
        bank.promote(release)


def test_no_other_clock_than_the_databases_is_asked() -> None:
    package = Path(modelops_airflow.__file__).parent
    files = [
        file
        for folder in ("approvals", "governance", "ledger", "inventory")
        for file in (package / folder).rglob("*.py")
    ]
    assert len(files) > 20
    asked = [file.name for file in files if any(word in file.read_text() for word in (".now(", "utcnow", "time.time"))]
    assert asked == []


def test_a_gate_opens_only_over_a_passed_run_and_only_where_the_plan_has_one(bank: Bank) -> None:
    from modelops_airflow.governance.gate import open_gate

    key = bank.pin()
    with pytest.raises(Refused, match="not decided"):
        bank.gates(key)
    bank.measure(key)
    bank.decide(key)
    with pytest.raises(Refused, match="has no gate 'approve-nothing'"):
        open_gate(bank.register, key, "approve-nothing")


def test_opening_a_gate_again_answers_with_the_same_one(bank: Bank) -> None:
    release = bank.approve(bank.release())
    before = bank.tables()
    assert bank.gates(release.key).gates == release.gates
    assert bank.tables() == before


def test_votes_do_not_mend_a_failed_requirement_of_a_later_run(bank: Bank) -> None:
    release = bank.release()
    again = bank.pin(run="again")
    bank.measure(again, ratio=0.5)
    assert bank.decide(again) == "fail"
    bank.approve(release)
    assert bank.state() == "rejected"
    with pytest.raises(PromotionRefused, match=r"version 1\.0\.0 is rejected"):
        bank.promote(release)


def test_who_decides_twice_past_pythons_question_is_told_so_and_it_is_on_record(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bank.release()
    bank.vote(release, "approve-risk", "rita")
    before = bank.tables()["modelops_decision"]
    monkeypatch.setattr(vote_module, "refusal", lambda *_: None)
    assert refused_code(bank, release, "approve-risk", "rita") == "decided"
    assert bank.tables()["modelops_decision"] == before
    assert bank.events("denied") == ["decision"]


def test_what_a_guard_of_the_database_refuses_keeps_its_words_and_is_on_record(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision that gave way would be taken back a day ago, and a decision is taken back now."""
    release = bank.release()
    bank.vote(release, "approve-risk", "rita")
    bank.forge("UPDATE modelops_decision SET expires_at = '2001-01-01 00:00:00.000000'")
    before = bank.tables()["modelops_decision"]
    monkeypatch.setattr(vote_module, "database_time", lambda session: database_time(session) - timedelta(days=1))
    with pytest.raises(Refused, match="the database refuses: a decision is taken back once, now") as refused:
        bank.vote(release, "approve-risk", "rita")
    assert (refused.value.code, refused.value.recorded) == ("database", True)
    assert bank.tables()["modelops_decision"] == before
    assert bank.events("denied") == ["decision"]
    bank.without("modelops_decision", "modelops_decision_once")
    bank.vote(release, "approve-risk", "rita")  # the negative control: the guard was what refused


def test_a_constraint_that_does_not_hold_is_no_refusal(bank: Bank) -> None:
    """It is a mistake of ours, and is not told as somebody's refused request."""
    with pytest.raises(IntegrityError), governed(bank.register, "noted", by="system") as session:
        session.execute(text("INSERT INTO modelops_slot (model_id, environment, epoch) VALUES ('nobodys', 'production', 1)"))
    assert bank.events("denied") == []
