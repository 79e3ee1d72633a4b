"""Rollback: only to a version that was live there and whose approvals still hold, under a new fence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import PromotionRefused, Refused, TargetError
from modelops_airflow.governance import obstacles as obstacles_module
from modelops_airflow.governance.promote import Promotion
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.steps.deploy import publish
from modelops_airflow.targets import strengths


def back(bank: Bank, version: str = "1.0.0", who: str = "rita", reason: str = "the new one errs") -> Promotion:
    """Go back."""
    return rollback(bank.register, "pricing", "production", version, person(who), reason, strengths=strengths())


def test_going_back_publishes_the_earlier_version_under_a_new_fence(bank: Bank) -> None:
    first = bank.live("1.0.0")
    bank.live("1.1.0")
    assert back(bank).epoch == 3
    assert bank.converge() == ["pricing 1.0.0 is live in production"]
    assert bank.shown() == first.artifact
    assert bank.deployments() == [(1, "superseded"), (2, "superseded"), (3, "live")]
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("in_use", "approved")
    assert "rollback" in bank.events()


def test_going_back_and_forth_is_a_new_deployment_each_time(bank: Bank) -> None:
    bank.live("1.0.0")
    second = bank.live("1.1.0")
    for version in ("1.0.0", "1.1.0", "1.0.0", "1.1.0"):
        back(bank, version)
        bank.converge()
    assert bank.shown() == second.artifact
    assert [epoch for epoch, _ in bank.deployments()] == [1, 2, 3, 4, 5, 6]


def test_an_approval_that_expired_does_not_let_a_version_back(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")

    def later(session: Session) -> datetime:
        return database_time(session) + timedelta(days=91)

    monkeypatch.setattr(obstacles_module, "database_time", later)
    with pytest.raises(PromotionRefused, match="the approval has expired"):
        back(bank)


def test_an_approval_taken_back_while_live_does_not_let_the_version_back(bank: Bank) -> None:
    bank.live("1.0.0")
    withdraw(bank.register, 2, person("rita"))
    assert bank.state("1.0.0") == "in_use"
    bank.live("1.1.0")
    with pytest.raises(PromotionRefused, match="gate approve-risk is open"):
        back(bank)


@pytest.mark.parametrize("version", ["1.1.0", "9.9.9"])
def test_a_version_that_was_never_live_there_or_is_live_now_is_no_way_back(bank: Bank, version: str) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    with pytest.raises(Refused, match="was never live"):
        back(bank, version)


def test_going_back_takes_a_role_and_a_reason(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    with pytest.raises(Refused, match="no role"):
        back(bank, who="stranger")
    with pytest.raises(Refused, match="reason"):
        back(bank, reason=" ")


@pytest.mark.parametrize(("who", "may"), [("dana", False), ("tina", False), ("olaf", True), ("vera", True)])
def test_the_owner_and_the_control_side_go_back_and_nobody_else(bank: Bank, who: str, may: bool) -> None:
    """Dana develops it; Tina holds a role of the making side, and so may stop the model, and neither starts anything."""
    people = {**GOVERNANCE["people"], "tina": {"login": {"simple": "tina"}, "git": [], "name": "Tina Tester"}}
    roles = {**GOVERNANCE["roles"], "tester": {"side": "make", "held_by": ["tina"]}}
    bank.govern(governance(people=people, roles=roles))
    first, second = bank.live("1.0.0"), bank.live("1.1.0")
    if may:
        assert back(bank, who=who).epoch == 3
    else:
        with pytest.raises(Refused, match="only the model's owner or the control side goes back") as refused:
            back(bank, who=who)
        assert refused.value.code == "role"
        assert bank.events("denied") == ["rollback"]
    bank.converge()
    assert bank.shown() == (first if may else second).artifact
    assert suspend(bank.register, "pricing", "production", person(who), "it errs") > 2, "stopping takes anybody with a role"


@pytest.mark.parametrize("also", [[], ["risk"]], ids=["a reader", "a reader with a role"])
def test_who_only_reads_neither_goes_back_nor_stops(bank: Bank, also: list[str]) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    roles = {**GOVERNANCE["roles"], "reader": {"side": "control", "held_by": ["rita"]}}
    roles["risk"] = {"side": "control", "held_by": ["rolf", "ruth", *(["rita"] if also else [])]}
    bank.govern(governance(roles=roles))
    if also:
        bank.vote(bank.release("1.2.0"), "approve-risk", "rita")  # the control: in another role she acts
        stop_it(bank)
        return
    for act in (back, stop_it):
        with pytest.raises(Refused, match="none that does more than read"):
            act(bank)
    assert bank.events("denied")[-2:] == ["rollback", "suspended"]


def stop_it(bank: Bank) -> None:
    """Rita stops the model."""
    suspend(bank.register, "pricing", "production", person("rita"), "it errs")


def test_a_version_whose_evidence_is_gone_is_not_published_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = bank.live("1.0.0"), bank.live("1.1.0")
    bank.lose_evidence(first.key)
    back(bank)
    assert "may no longer go live" in bank.converge()[0]
    assert (bank.shown(), bank.deployments()[1:]) == (second.artifact, [(2, "live"), (3, "failed")])
    assert "publishing" in bank.events("denied")
    monkeypatch.setattr("modelops_airflow.steps.deploy.doubts", lambda *_: [])
    back(bank)
    bank.converge()
    assert bank.shown() == first.artifact, "the control: without the second look it is published"


def test_a_retired_version_never_comes_back(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    retire(bank.register, "pricing", person("vera"), "superseded", "1.0.0")
    with pytest.raises(PromotionRefused, match=r"version 1\.0\.0 is retired"):
        back(bank)


def test_a_suspended_version_never_comes_back_without_a_release(bank: Bank) -> None:
    bank.live("1.0.0")
    release = bank.approve(bank.release("1.1.0"))
    bank.deploy(release)
    suspend(bank.register, "pricing", "production", person("rita"), "it errs")
    with pytest.raises(Refused, match="was never live"):
        back(bank, "1.1.0")
    with pytest.raises(PromotionRefused, match=r"version 1\.1\.0 is suspended"):
        bank.deploy(release)
    with pytest.raises(PromotionRefused, match="needs 1 more validator"):  # a stop voids what was approved before it
        back(bank, "1.0.0")


def test_an_old_authorisation_cannot_be_replayed_at_the_target(bank: Bank) -> None:
    first = bank.approve(bank.release("1.0.0"))
    old = bank.promote(first)
    bank.deploy(first)
    second = bank.live("1.1.0")
    with pytest.raises(PromotionRefused, match="fence of deployment 1 is stale"):
        publish(bank.register, old, bank.store, bank.project)
    from modelops_airflow.targets import Release, target_of

    target = target_of("folder", {"path": "live"}, resolve=bank.project.resolve)
    with pytest.raises(TargetError, match="the fence of this deployment is stale"):
        target.deploy(
            Release(
                "pricing",
                "production",
                "1.0.0",
                old.artifact,
                old.epoch,
                old.subject,
                lambda: bank.store.get(old.artifact),
            )
        )
    assert bank.shown() == second.artifact
