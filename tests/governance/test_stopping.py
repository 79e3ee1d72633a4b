"""Stopping takes one person, and reaches what is live and what is on its way."""

from __future__ import annotations

import pytest

from bank import Bank, person
from modelops_airflow.errors import PromotionRefused, Refused, VoteRefused
from modelops_airflow.governance.promote import confirm_live, publishing
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.steps.deploy import publish
from modelops_airflow.targets import Release, target_of


def stop(bank: Bank, who: str = "rita") -> int:
    """Suspend the model."""
    return suspend(bank.register, "pricing", "production", person(who), "complaints about prices")


@pytest.mark.parametrize("who", ["dana", "olaf", "vera", "rolf"])
def test_any_one_person_with_a_role_takes_a_model_out_of_service(bank: Bank, who: str) -> None:
    bank.live()
    assert stop(bank, who) == 2
    assert bank.state() == "suspended"
    assert bank.converge() == ["pricing was taken out of service in production"]
    assert bank.shown() is None
    assert bank.converge() == []


def test_a_stop_takes_a_role_and_a_reason_and_something_to_stop(bank: Bank) -> None:
    bank.live()
    with pytest.raises(Refused, match="gives you no role"):
        stop(bank, "stranger")
    with pytest.raises(Refused, match="needs a reason"):
        suspend(bank.register, "pricing", "production", person("rita"), "\n")
    stop(bank)
    with pytest.raises(Refused, match="nothing of pricing is live"):
        stop(bank)


def test_starting_again_takes_a_whole_release(bank: Bank) -> None:
    release = bank.live()
    stop(bank)
    bank.converge()
    with pytest.raises(PromotionRefused, match="is suspended"):
        bank.deploy(release)
    again = bank.release(run="again")
    with pytest.raises(PromotionRefused, match="needs 1 more validator"):
        bank.deploy(again)
    bank.deploy(bank.approve(again))
    assert bank.shown() == release.artifact
    assert bank.state() == "in_use"


def test_starting_again_over_other_evidence_takes_everybodys_approval(bank: Bank) -> None:
    bank.live()
    stop(bank)
    again = bank.release(run="again", ratio=0.95)
    with pytest.raises(PromotionRefused, match="needs 1 more validator"):
        bank.deploy(again)
    bank.approve(again)
    assert bank.deploy(again)


def test_a_stop_reaches_a_first_deployment_that_is_on_its_way(bank: Bank) -> None:
    release = bank.approve(bank.release())
    promotion = bank.promote(release)
    publishing(bank.register, promotion.deployment, promotion.epoch)
    stop(bank)
    with pytest.raises(PromotionRefused, match="is stale"):
        confirm_live(bank.register, promotion.deployment, promotion.epoch, promotion.artifact)
    with pytest.raises(PromotionRefused, match="may not go live"):
        bank.deploy(release)
    assert bank.shown() is None


def test_a_stop_also_withdraws_the_next_version_that_is_on_its_way(bank: Bank) -> None:
    bank.live("1.0.0")
    release = bank.approve(bank.release("1.1.0"))
    bank.promote(release)
    stop(bank)
    assert bank.deployments() == [(1, "withdrawn"), (2, "withdrawn")]
    with pytest.raises(PromotionRefused, match="may not go live"):
        bank.deploy(release)
    bank.converge()
    assert bank.shown() is None


def test_a_deployer_that_slept_through_a_stop_leaves_nothing_live(bank: Bank) -> None:
    """It wakes up between the stop and the sync, and writes; the sync takes it away and shuts the door."""
    release = bank.approve(bank.release())
    promotion = bank.promote(release)
    publishing(bank.register, promotion.deployment, promotion.epoch)
    stop(bank)
    target = target_of("folder", {"path": "live"}, resolve=bank.project.resolve)
    late = Release(
        "pricing",
        "production",
        "1.0.0",
        promotion.artifact,
        promotion.epoch,
        promotion.subject,
        lambda: bank.store.get(promotion.artifact),
    )
    target.deploy(late)
    assert bank.converge() == ["pricing was taken out of service in production"]
    assert bank.shown() is None
    with pytest.raises(Exception, match="stale"):
        target.deploy(late)


def test_a_promotion_whose_approval_is_taken_back_is_not_published(bank: Bank) -> None:
    from modelops_airflow.governance.vote import withdraw

    release = bank.approve(bank.release())
    promotion = bank.promote(release)
    withdraw(bank.register, 2, person("rita"))
    with pytest.raises(PromotionRefused, match="may no longer go live: gate approve-risk is open"):
        publish(bank.register, promotion, bank.store, bank.project)
    assert bank.deployments() == [(1, "failed")]
    assert bank.shown() is None
    bank.vote(release, "approve-risk", "rita")
    bank.deploy(release)
    assert bank.deployments() == [(2, "live")]


def test_only_the_owner_or_the_control_side_retires(bank: Bank) -> None:
    bank.live()
    with pytest.raises(Refused, match="owner or the control side"):
        retire(bank.register, "pricing", person("dana"), "old")
    assert retire(bank.register, "pricing", person("olaf"), "old") == ["1.0.0"]
    bank.converge()
    assert (bank.state(), bank.shown()) == ("retired", None)
    with pytest.raises(Refused, match="to retire"):
        retire(bank.register, "pricing", person("olaf"), "old")


def test_a_retired_version_is_never_promoted(bank: Bank) -> None:
    release = bank.approve(bank.release())
    promotion = bank.promote(release)
    retire(bank.register, "pricing", person("vera"), "withdrawn by the business", "1.0.0")
    with pytest.raises(PromotionRefused, match="is stale"):
        publish(bank.register, promotion, bank.store, bank.project)
    with pytest.raises(PromotionRefused, match="is retired"):
        bank.deploy(release)


def test_the_end_of_one_version_leaves_another_free_to_try_again(bank: Bank) -> None:
    bank.live("1.0.0")
    release = bank.approve(bank.release("1.1.0"))
    bank.promote(release)
    retire(bank.register, "pricing", person("vera"), "old", "1.0.0")
    bank.deploy(release)
    assert bank.shown() == release.artifact
    assert bank.state("1.1.0") == "in_use"


def test_a_stop_does_not_wipe_out_a_rejection(bank: Bank) -> None:
    """Otherwise a developer suspends the model to be rid of the one who said no."""
    bank.live("1.0.0")
    release = bank.release("1.1.0")
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rita", "reject", comment="The sample is too small.")
    stop(bank, "dana")
    assert bank.standing(release, "approve-risk").state == "rejected"
    with pytest.raises(VoteRefused, match="already rejected"):
        bank.vote(release, "approve-risk", "rolf")
    with pytest.raises(PromotionRefused, match=r"version 1\.1\.0 is rejected") as refused:
        bank.deploy(release)
    assert "as the ledger has them" not in str(refused.value)
