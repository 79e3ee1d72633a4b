"""Nobody decides under a user name that governance does not have: whoever started a run is named by it alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bank import TABLE, Bank, Candidate, governance, person
from modelops_airflow.errors import Refused, VoteRefused
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.targets import strengths

KNOWN, UNKNOWN = Actor("fab", "12", "rita.r"), Actor("fab", "12", "rr")
SAME = TABLE.format(version="the same")


def votes(bank: Bank, release: Candidate, actor: Actor) -> None:
    bank.vote(release, "approve-risk", actor)


def breaks_the_glass(bank: Bank, release: Candidate, actor: Actor) -> None:
    break_glass(bank.register, "pricing", "1.0.0", actor, "fire", release.subject, strengths=strengths())


ACTS: list[Callable[[Bank, Candidate, Actor], None]] = [votes, breaks_the_glass]


@pytest.mark.parametrize("act", ACTS)
def test_a_user_name_that_governance_does_not_have_may_be_that_of_an_author(bank: Bank, act: Callable[[Bank, Candidate, Actor], None]) -> None:
    bank.govern(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    release = bank.release(by="rr")  # Rita started the run herself, and Airflow tells her user name
    with pytest.raises(Refused, match="does not know rita by the user name rr") as caught:
        act(bank, release, UNKNOWN)
    assert caught.value.code == "username"
    assert bank.events("denied")[-1] in ("decision", "break-glass")
    assert bank.shown() is None


@pytest.mark.parametrize("act", ACTS)
def test_one_that_it_has_is_no_obstacle(bank: Bank, act: Callable[[Bank, Candidate, Actor], None]) -> None:
    """The negative control."""
    bank.govern(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    act(bank, bank.release(by="rr"), KNOWN)


@pytest.mark.parametrize("act", ACTS)
def test_who_started_the_run_under_a_known_user_name_is_an_author(bank: Bank, act: Callable[[Bank, Candidate, Actor], None]) -> None:
    bank.govern(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    release = bank.release(by="rita.r")
    with pytest.raises(Refused, match="author"):
        act(bank, release, KNOWN)


def test_a_stop_takes_no_user_name(bank: Bank) -> None:
    bank.live()
    suspend(bank.register, "pricing", "production", UNKNOWN, "complaints")
    assert bank.state() == "suspended"


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
