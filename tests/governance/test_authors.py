"""Whoever had a hand in a version never approves it, however they or the records spell their name."""

from __future__ import annotations

import json

import pytest

from bank import GATES, GOVERNANCE, Bank, held, person
from modelops_airflow.approvals.identity import is_among
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.governance.activate import activate, governance_of, propose
from modelops_airflow.governance.start import RunKey, last_commits, request_run
from modelops_airflow.governance.transaction import Actor

SPELLINGS = [
    "rita",
    "RITA",
    " rita ",
    "simple:rita",
    "Simple:Rita",
    "fab:12",
    "12",
    "rita.r",
    "Rita.R",
    "rita@bank.example",
    "Rita@Bank.Example",
    "Rita Risk",
    "\uff52\uff49\uff54\uff41",
    "ri\u200bta",
    "rita\u00a0",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_in_the_records_means_the_person_however_it_is_spelled(spelling: str) -> None:
    rules = governance_of(GOVERNANCE)
    assert is_among(rules, "rita", [spelling])
    assert not is_among(rules, "rolf", [spelling])


@pytest.mark.parametrize("spelling", ["RITA", "simple:rita", "fab:12"])
def test_who_started_the_run_never_approves_it(bank: Bank, spelling: str) -> None:
    release = bank.release(by=spelling)
    with pytest.raises(VoteRefused, match="among the authors") as refused:
        bank.vote(release, "approve-risk", "rita")
    assert refused.value.code == "author"


def test_another_person_may_approve_what_somebody_started(bank: Bank) -> None:
    """The negative control: only the author is barred."""
    release = bank.release(by="rita")
    assert bank.vote(release, "approve-risk", "rolf").missing == {"risk": 1}


def test_who_developed_it_never_approves_it(bank: Bank) -> None:
    release = bank.release(developers=["dana", "rita"])
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", "rita")


def test_who_pressed_the_button_never_approves_it(bank: Bank) -> None:
    request_run(bank.register, "pricing", RunKey("pricing.release", "manual__1.0.0"), person("rita"))
    release = bank.release(by="airflow")
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", "rita")


def test_authorship_is_cumulative_over_the_runs_of_a_version(bank: Bank) -> None:
    bank.pin(run="first", by="rita")
    release = bank.release(run="second", by="dana")
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", "rita")


def test_an_author_is_barred_with_every_login(bank: Bank) -> None:
    release = bank.release(by="rita")
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", Actor("fab", "12", "Somebody Else"))


def test_an_approver_who_becomes_an_author_no_longer_counts(bank: Bank) -> None:
    release = bank.approve(bank.release())
    bank.pin(run="again", by="rita", purpose="Prices by another table.")
    assert bank.standing(release, "approve-risk").void == ("rita: is among the authors",)
    bank.measure(RunKey("pricing.release", "again"))
    bank.decide(RunKey("pricing.release", "again"))
    with pytest.raises(PromotionRefused, match="rita: is among the authors"):
        bank.promote(release)


def test_a_person_who_is_not_in_governance_decides_nothing(bank: Bank) -> None:
    release = bank.release()
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", "stranger")
    assert refused.value.code == "unknown-person"


def test_a_login_counts_only_at_its_own_auth_manager(bank: Bank) -> None:
    release = bank.release()
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", Actor("simple", "12"))
    assert refused.value.code == "unknown-person"


@pytest.mark.parametrize("user_id", ["Rita", "rita ", "\uff52ita", "r\u0131ta"])
def test_a_login_that_only_looks_like_a_persons_is_nobody(bank: Bank, user_id: str) -> None:
    release = bank.release()
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", Actor("simple", user_id))
    assert refused.value.code == "unknown-person"


def test_a_maker_holds_no_role_at_a_gate(bank: Bank) -> None:
    release = bank.release()
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", "olaf")
    assert refused.value.code == "role"


def test_the_owner_attests_for_their_own_model_and_nobody_else_does(bank: Bank) -> None:
    gates = {"attest-owner": {"roles": {"owner": 1}, "meaning": "attest", "valid": "P90D"}}
    release = bank.release(gates=gates, developers=["olaf"])
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "attest-owner", "rita")
    assert refused.value.code == "role"
    assert bank.vote(release, "attest-owner", "olaf").state == "approved"


def test_an_attestation_that_asks_another_role_bars_authors(bank: Bank) -> None:
    gates = {"attest-risk": {"roles": {"risk": 1}, "meaning": "attest", "valid": "P90D"}}
    release = bank.release(gates=gates, by="rita")
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "attest-risk", "rita")


def test_a_person_who_takes_a_makers_role_no_longer_counts_as_control(bank: Bank) -> None:
    release = bank.approve(bank.release())
    changed = held(risk=["rolf", "ruth"], developer=["dana", "rita"])
    assert propose(bank.register, changed, "sync") == "pending"
    with bank.register.read() as session:
        from modelops_airflow.governance.activate import row_of

        pending = row_of(session, "pending")
        assert pending is not None
        digest = pending.digest
    activate(bank.register, digest, person("vera"))
    with pytest.raises(PromotionRefused, match="rita: no longer holds the role risk"):
        bank.promote(release)


def test_repeating_an_unchanged_plan_is_recorded_and_is_no_authorship(bank: Bank) -> None:
    bank.release(by="dana")
    again = bank.release(by="vera", run="manual__again")
    assert bank.vote(again, "approve-validation", "vera").state == "approved"


def test_starting_a_changed_plan_is_authorship(bank: Bank) -> None:
    """The negative control."""
    bank.release(by="dana")
    gates = {**GATES, "approve-risk": {**GATES["approve-risk"], "roles": {"risk": 1}}}
    changed = bank.release(by="vera", run="manual__changed", gates=gates)
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(changed, "approve-validation", "vera")


def test_commits_count_from_those_of_the_files_that_the_version_in_use_was_released_from(bank: Bank) -> None:
    bank.live()
    told = [{"file": "a.yaml", "commit": "c1"}, {"file": "suite.json", "commit": ""}, {"file": "b.json", "commit": "c2"}]
    bank.forge("UPDATE modelops_run SET provenance = :told", told=json.dumps(told))
    bank.release("1.1.0")  # not in use: nothing counts from it
    with bank.register.read() as session:
        assert last_commits(session, "pricing") == {"a.yaml": "c1", "b.json": "c2"}
        assert last_commits(session, "other") == {}
