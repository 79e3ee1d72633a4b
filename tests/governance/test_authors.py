"""Whoever had a hand in a version never approves it, however they or the records spell their name."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bank import APPROVERS, GATES, GOVERNANCE, TABLE, Bank, Candidate, governance, held, person
from modelops_airflow.approvals.identity import is_among
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused, Refused, VoteRefused
from modelops_airflow.governance import authors as authors_module
from modelops_airflow.governance import gate as gate_module
from modelops_airflow.governance import start as start_module
from modelops_airflow.governance.activate import activate, governance_of, propose
from modelops_airflow.governance.authors import authors_that_count
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.start import RunKey, last_commits, request_run
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.tables import VersionRow
from modelops_airflow.targets import strengths

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
        bank.vote(release, "approve-risk", Actor("fab", "12", "rita.r"))


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


# A task that writes the authors into the version's row may leave them out; whoever had a hand in it counts all the same.


@pytest.fixture
def lying(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A bank whose tasks write no authors, with the database's guard of developers down."""
    monkeypatch.setattr(start_module, "add_author", lambda *_: None)
    bank.without("modelops_run", "modelops_run_developers")
    return bank


def names_of(bank: Bank, release: Candidate) -> list[str]:
    """Who counts as an author."""
    with bank.register.read() as session:
        return authors_that_count(session, bank._run(session, release.key))


def in_row(bank: Bank) -> list[str]:
    """Whom the rows have."""
    with bank.register.read() as session:
        return [name for authors in session.scalars(select(VersionRow.authors)) for name, _ in authors]


def counts_nowhere(bank: Bank, release: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rita neither decides, nor does her decision count, for Python and for SQL each."""
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", "rita")
    with monkeypatch.context() as blind:  # what the API server would write if it asked the version's row alone
        blind.setattr(gate_module, "authors_of_runs", lambda _, runs: {run.id: [] for run in runs})
        for gate, who in APPROVERS:
            bank.vote(release, gate, who)
        with pytest.raises(Refused, match="approvals are missing"):
            bank.promote(release)
    with pytest.raises(PromotionRefused, match="rita: is among the authors"):
        bank.promote(release)
    assert bank.vote(release, "approve-risk", "ruth").state == "approved"


def test_developers_of_the_plan_count_as_authors_whatever_the_row_says(lying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = lying.release(developers=["dana", "rita"])
    assert in_row(lying) == []
    assert names_of(lying, release) == ["dana", "rita"]
    counts_nowhere(lying, release, monkeypatch)
    assert lying.promote(release).epoch == 1


def test_committers_count_as_authors_whatever_the_row_says(lying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = start_module.pin
    files = [{"file": "pricing.yaml", "commit": "", "authors": ["Rita@bank.example"], "signed": False, "gap": ""}]
    monkeypatch.setattr("bank.pin", lambda *given: pinned(*given, provenance=files))
    release = lying.release()
    assert in_row(lying) == []
    counts_nowhere(lying, release, monkeypatch)


def test_who_started_the_run_counts_as_an_author_whatever_the_row_says(lying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = lying.release(by="RITA.R")
    assert in_row(lying) == []
    counts_nowhere(lying, release, monkeypatch)


def test_who_asked_for_the_run_counts_as_an_author_whatever_the_row_says(lying: Bank) -> None:
    request_run(lying.register, "pricing", RunKey("pricing.release", "manual__1.0.0"), person("rita"))
    release = lying.release(by="airflow")
    assert "simple:rita" in names_of(lying, release)
    with pytest.raises(VoteRefused, match="among the authors"):
        lying.vote(release, "approve-risk", "rita")


def test_who_wrote_the_list_in_force_counts_as_an_author_whatever_the_row_says(lying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authors_module, "add_author", lambda *_: None)
    propose(lying.register, held(risk=["rita", "rolf", "ruth", "vera"]), "sync", ["Rita@bank.example"])
    activate(lying.register, digest_of(held(risk=["rita", "rolf", "ruth", "vera"])), person("ines"))
    release = lying.release()
    assert in_row(lying) == []
    counts_nowhere(lying, release, monkeypatch)


def test_repeating_an_unchanged_plan_counts_as_no_authorship_either(lying: Bank) -> None:
    """The negative control."""
    lying.release(by="dana")
    request_run(lying.register, "pricing", RunKey("pricing.release", "again"), person("rita"))
    again = lying.release(by="vera", run="again")
    assert names_of(lying, again) == ["dana"]
    lying.approve(again)
    assert lying.standing(again, "approve-risk").state == "approved"


def test_a_release_without_the_developers_of_its_plan_among_the_authors_is_refused(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_module, "add_author", lambda *_: None)
    with pytest.raises(Refused, match="a developer who is not among the authors"):
        bank.pin(developers=["dana", "rita"])
    monkeypatch.undo()
    bank.pin(developers=["dana", "rita"])


SAME = TABLE.format(version="the same")


def test_an_author_of_the_same_bytes_never_approves_them_under_another_number(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.release("1.0.0", text=SAME)
    second = bank.release("2.0.0", text=SAME)
    bank.pin("1.0.0", run="again", by="rita", text=SAME, tier=1)
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(second, "approve-risk", Actor("fab", "12"))
    counts_nowhere(bank, second, monkeypatch)


def test_an_author_of_other_bytes_approves_these(bank: Bank) -> None:
    """The negative control."""
    bank.release("1.0.0")
    second = bank.release("2.0.0")
    bank.pin("1.0.0", run="again", by="rita", tier=1)
    assert bank.approve(second)
    assert bank.promote(second).epoch == 1


def test_an_approval_given_before_the_person_became_an_author_of_the_same_bytes_falls_away(bank: Bank) -> None:
    bank.release("1.0.0", text=SAME)
    second = bank.approve(bank.release("2.0.0", text=SAME))
    bank.pin("1.0.0", run="again", by="rita", text=SAME, tier=1)
    assert bank.standing(second, "approve-risk").void == ("rita: is among the authors",)
    with pytest.raises(PromotionRefused, match="rita: is among the authors"):
        bank.promote(second)


def test_an_author_whom_a_task_left_out_breaks_no_glass(lying: Bank) -> None:
    lying.govern(governance(break_glass={"roles": ["risk"], "within": "P2D"}))
    release = lying.release(developers=["dana", "rita"])
    for who, may in (("rita", False), ("rolf", True)):
        try:
            break_glass(lying.register, "pricing", "1.0.0", person(who), "fire", release.subject, strengths=strengths())
            assert may, who
        except Refused as refused:
            assert not may and "no author" in str(refused)


def test_sql_counts_no_emergency_release_of_an_author_whom_a_task_left_out(lying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    lying.govern(governance(break_glass={"roles": ["risk"], "within": "P2D"}))
    release = lying.release(developers=["dana", "rita"])
    monkeypatch.setattr("modelops_airflow.governance.break_glass.authors_that_count", lambda *_: [])
    with pytest.raises(Refused, match="no emergency release is in force"):
        break_glass(lying.register, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
