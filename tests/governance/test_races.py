"""Several at once: one wins, the others are refused or find the first one's answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bank import GATES, Bank, Candidate, person
from modelops_airflow.errors import PromotionRefused, TargetError, VoteRefused
from modelops_airflow.governance.promote import confirm_live, publishing
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.tables import DecisionRow, RunRow
from modelops_airflow.ledger import verify
from modelops_airflow.targets import Release, target_of


def at_once(verbs: list[Callable[[], Any]]) -> list[Any]:
    """What each verb answers, or the exception it raises, all started together."""
    start, answers = threading.Barrier(len(verbs)), [None] * len(verbs)

    def call(index: int) -> None:
        start.wait()
        try:
            answers[index] = verbs[index]()
        except Exception as error:
            answers[index] = error

    workers = [threading.Thread(target=call, args=(index,)) for index in range(len(verbs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return answers


def whole(bank: Bank) -> bool:
    """Whether the ledger is as it was appended."""
    with bank.register.read() as session:
        return verify(session) == []


def test_a_run_pinned_four_times_at_once_is_pinned_once(bank: Bank) -> None:
    answers = at_once([bank.pin for _ in range(4)])
    assert [one for one in answers if isinstance(one, Exception)] == []
    with bank.register.read() as session:
        assert len(list(session.scalars(select(RunRow)))) == 1
    assert bank.events().count("pinned") == 1


def test_one_person_voting_four_times_at_once_counts_once(bank: Bank) -> None:
    release = bank.release()
    answers = at_once([lambda: bank.vote(release, "approve-risk", "rita") for _ in range(4)])
    refused = [one for one in answers if isinstance(one, VoteRefused)]
    assert [one.code for one in refused] == ["decided"] * 3
    with bank.register.read() as session:
        assert len(list(session.scalars(select(DecisionRow)))) == 1


def test_the_last_two_votes_at_once_settle_the_gate(bank: Bank) -> None:
    """With writers that do not take turns each sees only its own vote, and the gate stays open."""
    release = bank.release()
    bank.vote(release, "approve-validation", "vera")
    answers = at_once(
        [lambda: bank.vote(release, "approve-risk", "rita"), lambda: bank.vote(release, "approve-risk", "rolf")]
    )
    assert sorted(one.state for one in answers) == ["approved", "open"]
    assert bank.gate_state(release, "approve-risk") == "approved"
    assert bank.state() == "approved"


def test_one_release_deployed_four_times_at_once_is_one_deployment(bank: Bank) -> None:
    release = bank.approve(bank.release())
    answers = at_once([lambda: bank.deploy(release) for _ in range(4)])
    assert [one for one in answers if isinstance(one, Exception)] == []
    assert bank.deployments() == [(1, "live")]
    assert bank.shown() == release.artifact
    assert bank.events().count("promotion") == 1
    assert whole(bank)


def test_of_two_versions_promoted_at_once_one_goes_live_and_target_and_register_agree(bank: Bank) -> None:
    releases = [bank.approve(bank.release(version)) for version in ("1.0.0", "1.1.0", "1.2.0")]
    answers = at_once([lambda release=release: bank.deploy(release) for release in releases])  # type: ignore[misc]
    assert all(isinstance(one, str | PromotionRefused | TargetError) for one in answers), answers
    assert any(isinstance(one, str) for one in answers)
    states = [state for _, state in bank.deployments()]
    assert states.count("live") == 1
    live = next(epoch for epoch, state in bank.deployments() if state == "live")
    assert live == max(epoch for epoch, _ in bank.deployments())
    assert bank.converge() == []
    assert bank.shown() in {release.artifact for release in releases}
    assert whole(bank)


def test_a_stale_fence_is_refused_at_the_register_and_at_the_target(bank: Bank) -> None:
    """The deployer of 1.0.0 stops with its fence in hand, 1.1.0 goes live, then it wakes up."""
    first, second = bank.approve(bank.release("1.0.0")), bank.approve(bank.release("1.1.0"))
    asleep = bank.promote(first)
    publishing(bank.register, asleep.deployment, asleep.epoch)
    bank.deploy(second)
    target = target_of("folder", {"path": "live"}, resolve=bank.project.resolve)
    late = Release(
        "pricing",
        "production",
        "1.0.0",
        asleep.artifact,
        asleep.epoch,
        asleep.subject,
        lambda: bank.store.get(asleep.artifact),
    )
    answers = [
        _raised(lambda: target.deploy(late)),
        _raised(lambda: target._publish(late)),
        _raised(lambda: publishing(bank.register, asleep.deployment, asleep.epoch)),
        _raised(lambda: confirm_live(bank.register, asleep.deployment, asleep.epoch, asleep.artifact)),
    ]
    assert [type(one) for one in answers] == [TargetError, TargetError, PromotionRefused, PromotionRefused]
    assert all("stale" in str(one) for one in answers)
    assert bank.shown() == second.artifact


def test_without_its_fence_the_deployer_that_woke_up_overwrites(bank: Bank) -> None:
    """The negative control: the same bytes under a fence as new as the other's do get through."""
    first, second = bank.approve(bank.release("1.0.0")), bank.approve(bank.release("1.1.0"))
    asleep = bank.promote(first)
    bank.deploy(second)
    target = target_of("folder", {"path": "live"}, resolve=bank.project.resolve)
    target.deploy(
        Release(
            "pricing",
            "production",
            "1.0.0",
            asleep.artifact,
            2,
            asleep.subject,
            lambda: bank.store.get(asleep.artifact),
        )
    )
    assert bank.shown() == first.artifact
    assert bank.converge() == [f"pricing in production shows {first.artifact}, the register says {second.artifact}"]
    assert bank.findings() == ["target-differs-production"]


def test_a_vote_and_a_promotion_at_once_leave_one_order(bank: Bank) -> None:
    release = bank.release()
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rita")
    vote, promotion = at_once([lambda: bank.vote(release, "approve-risk", "rolf"), lambda: bank.promote(release)])
    assert vote.state == "approved"
    assert isinstance(promotion, PromotionRefused) or promotion.epoch == 1
    assert bank.promote(release).epoch == 1


def test_two_people_activate_one_governance_once(bank: Bank) -> None:
    from bank import held
    from modelops_airflow.digest import digest_of
    from modelops_airflow.governance.activate import activate, propose

    body = held(risk=["ruth"])
    propose(bank.register, body, "sync")
    answers = at_once([partial(activate, bank.register, digest_of(body), person(who)) for who in ("vera", "rolf")])
    assert sorted(type(one).__name__ for one in answers) == ["Refused", "str"]
    assert bank.events("done").count("governance-activated") == 2  # the founding one and this
    assert bank.events("denied") == ["governance-activated"]


def _raised(verb: Callable[[], Any]) -> Exception | None:
    try:
        verb()
    except Exception as error:
        return error
    return None


def published(bank: Bank, release: Candidate) -> None:
    """The target shows it, and its deployer has not come back to say so."""
    going = bank.promote(release)
    publishing(bank.register, going.deployment, going.epoch)
    target_of("folder", {"path": "live"}, resolve=bank.project.resolve).deploy(
        Release("pricing", "production", going.version, going.artifact, going.epoch, going.subject, lambda: bank.store.get(going.artifact)))


def test_an_approval_taken_back_while_its_version_is_published_shows_as_soon_as_it_is_live(bank: Bank) -> None:
    """What was switched at the target is not undone in the dark: it is live, and a finding asks for the approval."""
    published(bank, bank.approve(bank.release()))
    withdraw(bank.register, 1, person("vera"))
    bank.converge()
    assert bank.deployments() == [(1, "live")]
    assert bank.findings() == ["approval-fell-away"]


def test_what_was_written_past_the_deployer_is_not_confirmed_and_shows(bank: Bank) -> None:
    """Permitted, and at the target under the right epoch, but nobody verified it a second time before it was written."""
    release = bank.approve(bank.release())
    going = bank.promote(release)
    target_of("folder", {"path": "live"}, resolve=bank.project.resolve).deploy(
        Release("pricing", "production", going.version, going.artifact, going.epoch, going.subject, lambda: bank.store.get(going.artifact)))
    assert "nothing is live that was not published" in bank.converge()[0]
    assert (bank.deployments(), bank.findings()) == ([(1, "intent")], ["target-differs-production"])


STRICTER = {**GATES, "approve-risk": {**GATES["approve-risk"], "valid": "P30D"}}


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "state moved by the database's owner"])
def test_another_run_of_a_version_rejected_while_it_is_published_does_not_part_register_and_target(bank: Bank, guarded: bool) -> None:
    bank.live("0.9.0")
    release, again = bank.release(), bank.release(run="second", gates=STRICTER)
    assert release.subject != again.subject
    published(bank, bank.approve(release))
    bank.vote(again, "approve-validation", "vera", "reject", comment="Thirty days are too few.")
    assert bank.state() == "approved"
    if not guarded:
        bank.forge("UPDATE modelops_version SET state = 'rejected' WHERE version = '1.0.0'")
    told = bank.converge()
    assert "it had been published before a crash" in told[0]
    assert (bank.state(), bank.state("0.9.0"), bank.shown()) == ("in_use", "approved", release.artifact)
    assert bank.deployments() == [(1, "superseded"), (2, "live")]
    assert bank.converge() == []
