"""Whoever acts is known by the user name too by which Airflow names who started a run, whether governance has it or not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bank import TABLE, Bank, Candidate, governance, person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import Refused, VoteRefused
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.targets import strengths

ANNA, OTHER = Actor("fab", "12", "anna.r"), Actor("fab", "12", "somebody")
"""Rita, as an Airflow has her whose user name for her governance does not have; and under another."""
SAME = TABLE.format(version="the same")


@pytest.fixture
def numbered(bank: Bank) -> Bank:
    """A bank whose governance knows people by numbers of FAB, and Rita by no user name."""
    body = copy.deepcopy(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    body["people"]["rita"]["login"] = {"fab": "12"}
    bank.govern(body)
    return bank


def votes(bank: Bank, release: Candidate, actor: Actor) -> None:
    bank.vote(release, "approve-risk", actor)


def breaks_the_glass(bank: Bank, release: Candidate, actor: Actor) -> None:
    break_glass(bank.register, "pricing", "1.0.0", actor, "fire", release.subject, strengths=strengths())


ACTS: list[Callable[[Bank, Candidate, Actor], None]] = [votes, breaks_the_glass]


@pytest.mark.parametrize("act", ACTS)
def test_who_started_the_run_is_an_author_under_a_user_name_that_governance_does_not_have(numbered: Bank, act: Callable[[Bank, Candidate, Actor], None]) -> None:
    release = numbered.release(by="anna.r")  # Rita started the run herself, and Airflow tells her user name
    with pytest.raises(Refused, match="author"):
        act(numbered, release, ANNA)
    assert numbered.events("denied")[-1] in ("decision", "break-glass")
    assert numbered.shown() is None


@pytest.mark.parametrize("act", ACTS)
def test_who_comes_under_another_user_name_did_not_start_it(numbered: Bank, act: Callable[[Bank, Candidate, Actor], None]) -> None:
    """The negative control: a name that nobody knows is no obstacle by itself, for whoever decides nothing can release nothing either."""
    act(numbered, numbered.release(by="anna.r"), OTHER)


def test_those_whose_user_name_governance_lacks_can_put_user_names_in_force(bank: Bank) -> None:
    body = copy.deepcopy(governance())
    for name, number in (("vera", "21"), ("ines", "25")):
        body["people"][name]["login"] = {"fab": number}
    bank.govern(body, "ruth", "rolf")
    wanted = copy.deepcopy(body)
    wanted["people"]["rolf"]["login"] = {"fab": "23", "username": "rolf.r"}
    assert propose(bank.register, wanted, "sync") == "pending"
    assert [activate(bank.desk, digest_of(wanted), Actor("fab", number, f"{name}.x")) for name, number in (("vera", "21"), ("ines", "25"))] == ["pending", "active"]


def test_a_stop_takes_no_user_name(numbered: Bank) -> None:
    release = numbered.release()
    for gate, who in (("approve-validation", person("vera")), ("approve-risk", person("rolf")), ("approve-risk", person("ruth"))):
        numbered.vote(release, gate, who)
    numbered.deploy(release)
    suspend(numbered.register, "pricing", "production", OTHER, "complaints")
    assert numbered.state() == "suspended"


@pytest.mark.parametrize(("author", "says"), [("rolf", True), ("rita", False)])
def test_an_author_of_the_same_bytes_under_another_number_does_not_say_that_conditions_are_met(bank: Bank, author: str, says: bool) -> None:
    bank.live("1.0.0", text=SAME)
    bank.pin("1.0.1", by=author, text=SAME)
    restrict(bank.register, "pricing", "1.0.0", person("vera"), "not for small amounts", (datetime.now(UTC) + timedelta(days=30)).date())
    if says:
        assert set(conditions_met(bank.register, "pricing", "1.0.0", person("rita"), "done").met_by or {}) == {"rita"}
    else:
        with pytest.raises(Refused, match="author of the version"):
            conditions_met(bank.register, "pricing", "1.0.0", person("rita"), "done")


def test_a_vote_of_an_unknown_user_is_refused_as_before(bank: Bank) -> None:
    with pytest.raises(VoteRefused) as caught:
        bank.vote(bank.release(), "approve-risk", Actor("fab", "99", "nobody"))
    assert caught.value.code == "unknown-person"
