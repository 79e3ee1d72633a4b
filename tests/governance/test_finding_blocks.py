"""What open findings of people hold up, and what they do not: what is live stays, going back stays possible."""

from __future__ import annotations

import pytest

from bank import Bank, person
from finding_world import acts, agreed, closed, days_from_now, later, planned, raised
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.governance import obstacles as obstacles_module
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.versions import open_finding
from modelops_airflow.governance.vote import vote
from modelops_airflow.targets import strengths


@pytest.mark.parametrize("severity", ["critical", "high"])
def test_an_open_one_keeps_an_approved_version_from_going_live_and_says_why(bank: Bank, severity: str) -> None:
    release = bank.approve(bank.release())
    number = raised(bank, severity)
    with pytest.raises(PromotionRefused, match=rf"finding {number} \({severity}\) is open: close it with evidence"):
        bank.promote(release)
    closed(bank, number)
    bank.deploy(release)
    assert bank.state() == "in_use"


def test_without_the_look_at_findings_it_would_go_live(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bank.approve(bank.release())
    raised(bank, "critical")
    monkeypatch.setattr(obstacles_module, "finding_obstacles", lambda *_: [])
    assert bank.promote(release).epoch == 1


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_a_lesser_one_holds_up_nothing(bank: Bank, severity: str) -> None:
    release = bank.release()
    raised(bank, severity)
    bank.approve(release)
    bank.deploy(release)
    assert bank.state() == "in_use"


def test_a_finding_that_comes_while_it_is_published_stops_it_before_anything_is_written(bank: Bank) -> None:
    from modelops_airflow.governance.promote import publishing

    release = bank.approve(bank.release())
    permission = bank.promote(release)
    raised(bank, "critical")
    with pytest.raises(PromotionRefused, match="finding 1"):
        publishing(bank.register, permission.deployment, permission.epoch)


def test_what_is_live_stays_live(bank: Bank) -> None:
    release = bank.live()
    raised(bank, "critical")
    bank.converge()
    assert (bank.state(), bank.shown()) == ("in_use", release.artifact)


def test_going_back_is_not_held_up(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    raised(bank, "critical")
    rollback(bank.desk, "pricing", "production", "1.0.0", person("rita"), "the later one is wrong", strengths=strengths())
    bank.converge()
    assert bank.state("1.0.0") == "in_use"


def test_a_high_one_holds_up_the_approval_and_not_the_validation(bank: Bank) -> None:
    release = bank.release()
    raised(bank)
    bank.vote(release, "approve-validation", "vera")
    with pytest.raises(VoteRefused, match="finding 1") as error:
        bank.vote(release, "approve-risk", "rita")
    assert error.value.code == "finding"
    bank.vote(release, "approve-risk", "rita", "reject")


def test_a_critical_one_holds_up_the_validation_too(bank: Bank) -> None:
    release = bank.release()
    raised(bank, "critical")
    with pytest.raises(VoteRefused, match="finding 1"):
        bank.vote(release, "approve-validation", "vera")


def test_with_a_plan_a_high_one_lets_an_approval_under_conditions_through(bank: Bank) -> None:
    release, number = bank.release(), raised(bank)
    bank.vote(release, "approve-validation", "vera")
    gate, subject = release.gates["approve-risk"], release.subject
    for who in ("rita", "rolf"):
        with pytest.raises(VoteRefused, match="finding"):
            vote(bank.desk, gate, person(who), "approve", "read", subject, conditions=("Mend it.",))
    planned(bank, number)
    with pytest.raises(VoteRefused, match="finding"):
        vote(bank.desk, gate, person("rita"), "approve", "read", subject)
    for who in ("rita", "rolf"):
        vote(bank.desk, gate, person(who), "approve", "read", subject, conditions=("Mend it.",))
    bank.deploy(release)
    assert bank.state() == "restricted"


def test_conditions_from_before_the_plan_let_no_high_one_through(bank: Bank) -> None:
    release = bank.release()
    gate, subject = release.gates["approve-validation"], release.subject
    vote(bank.desk, gate, person("vera"), "approve", "read", subject, conditions=("Rename a column.",))
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    number = raised(bank)
    planned(bank, number)
    with pytest.raises(PromotionRefused, match=f"finding {number}"):
        bank.promote(release)


def test_an_accepted_risk_holds_up_nothing_until_it_expires(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release, number = bank.approve(bank.release()), raised(bank)
    agreed(bank, number, "accept-risk", "rita", "ines", until=days_from_now(bank, 20), controls="Two people look at each price.")
    assert bank.promote(release).epoch == 1
    later(monkeypatch, 21)
    with pytest.raises(PromotionRefused, match="finding 1"):
        bank.promote(release)


def test_a_disputed_one_holds_up_until_it_is_withdrawn(bank: Bank) -> None:
    release, number = bank.approve(bank.release()), raised(bank)
    acts(bank, number, "dispute", "olaf")
    with pytest.raises(PromotionRefused, match="is disputed"):
        bank.promote(release)
    acts(bank, number, "withdraw", "rita")
    bank.promote(release)


def test_a_row_that_somebody_closed_in_the_database_holds_up_all_the_same(bank: Bank) -> None:
    release, _ = bank.approve(bank.release()), raised(bank, "critical")
    bank.forge("UPDATE modelops_finding SET closed_at = CURRENT_TIMESTAMP, state = 'closed'")
    with pytest.raises(PromotionRefused, match="finding 1"):
        bank.promote(release)


def test_what_machines_find_holds_up_what_it_did_before_and_no_more(bank: Bank) -> None:
    release = bank.approve(bank.release())
    with bank.register.write() as session:
        open_finding(session, "pricing", "unregistered-elsewhere", "critical", "it is there")
    bank.deploy(release)
    assert bank.state() == "in_use"
