"""Who decides at a gate: each fact with the case beside it in which it does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.approvals.identity import holders, is_among, person_of, roles_held
from modelops_airflow.approvals.rules import Decision, Gate, evaluate, refusal, role_for
from modelops_airflow.spec.read import parse_governance

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
PEOPLE = """\
modelops: 1
people:
  credit-dev: {login: {simple: credit-dev, fab: "11", username: credit.dev}, git: [Dana@bank.example]}
  credit-owner: {login: {simple: credit-owner}}
  validator-1: {login: {simple: validator-1}}
  risk-1: {login: {simple: risk-1, fab: "7", username: risk.one}, git: [risk-1@bank.example]}
  risk-2: {login: {simple: risk-2}}
  both-1: {login: {simple: both-1}}
  idle-1: {login: {simple: idle-1}}
roles:
  developer: {side: make, held_by: [credit-dev, credit-owner]}
  validator: {side: control, held_by: [validator-1, both-1]}
  risk: {side: control, held_by: [risk-1, risk-2, both-1]}
"""
BANK = parse_governance(PEOPLE, "governance.yaml").spec
WITHOUT_RISK_1 = parse_governance(PEOPLE.replace("[risk-1, risk-2, both-1]", "[risk-2, both-1]"), "governance.yaml").spec

RISK = Gate("approve-risk", {"risk": 1}, "approve", "credit-owner")
TWO = replace(RISK, roles={"risk": 2})
VALIDATION = Gate("approve-validation", {"validator": 1}, "validate", "credit-owner")
CONTROL = replace(RISK, roles={"control": 1})
ATTEST = Gate("attest", {"owner": 1}, "attest", "credit-owner")


def yes(person: str, role: str = "risk", step: str = "approve-risk", **facts: object) -> Decision:
    return Decision(step, person, role, "approve", **facts)  # type: ignore[arg-type]


def no(person: str, role: str = "risk", step: str = "approve-risk", **facts: object) -> Decision:
    return Decision(step, person, role, "reject", **facts)  # type: ignore[arg-type]


def state(gate: Gate, *decisions: Decision, authors: tuple[str, ...] = (), bank: object = BANK, now: datetime = NOW) -> str:
    return evaluate(gate, decisions, authors, bank, now).state  # type: ignore[arg-type]


def refused(gate: Gate, person: str | None, *decisions: Decision, authors: tuple[str, ...] = (), decision: str = "approve",
            now: datetime = NOW) -> str | None:
    why = refusal(gate, person, decision, decisions, authors, BANK, now)
    return why[0] if why else None


AUTHORS = ["risk-1", "RISK-1", " risk-1 ", "ｒｉｓｋ-１", "risk\u200b-1", "Risk-1@Bank.Example", "risk-1@bank.example", "7", "simple:risk-1"]
OTHERS = ["risk-2", "risk-11", "risk", "rіsk-1x", "", " ", "8", "risk-1@bank.example.org"]


@pytest.mark.parametrize("author", AUTHORS)
def test_an_author_never_decides_however_the_name_is_written(author: str) -> None:
    assert refused(RISK, "risk-1", authors=(author,)) == "author"
    assert refused(RISK, "risk-1", authors=(author,), decision="reject") == "author"
    assert state(RISK, yes("risk-1"), authors=(author,)) == "open"
    assert "is among the authors" in evaluate(RISK, [yes("risk-1")], [author], BANK, NOW).void[0]


@pytest.mark.parametrize("author", OTHERS)
def test_whoever_is_no_author_may_decide(author: str) -> None:
    assert refused(RISK, "risk-1", authors=(author,)) is None
    assert state(RISK, yes("risk-1"), authors=(author,)) == "approved"
    assert not is_among(BANK, "risk-1", [author])


def test_authors_may_be_given_once_only() -> None:
    assert evaluate(TWO, [yes("risk-1"), yes("risk-2")], iter(["risk-1", "risk-2"]), BANK, NOW).missing == {"risk": 2}


@pytest.mark.parametrize(("decisions", "expected", "missing"), [
    ([], "open", {"risk": 2}),
    ([yes("risk-1")], "open", {"risk": 1}),
    ([yes("risk-1"), yes("risk-1")], "open", {"risk": 1}),
    ([yes("risk-1"), yes("risk-2")], "approved", {}),
    ([yes("risk-1"), yes("risk-2"), yes("both-1")], "approved", {}),
    ([yes("risk-1"), yes("validator-1")], "open", {"risk": 1}),
    ([yes("risk-1"), yes("stranger")], "open", {"risk": 1}),
    ([yes("risk-1"), yes("both-1", "validator")], "open", {"risk": 1}),
    ([yes("risk-1"), yes("risk-2", withdrawn=True)], "open", {"risk": 1}),
    ([yes("risk-1"), yes("risk-2", step="another")], "open", {"risk": 1}),
])
def test_two_means_two_different_persons_with_the_role(decisions: list[Decision], expected: str, missing: dict[str, int]) -> None:
    standing = evaluate(TWO, decisions, (), BANK, NOW)

    assert (standing.state, dict(standing.missing)) == (expected, missing)


def test_nobody_counts_for_two_roles_of_one_gate() -> None:
    gate = replace(RISK, roles={"risk": 1, "validator": 1})

    assert state(gate, yes("both-1"), yes("both-1", "validator")) == "open"
    assert state(gate, yes("both-1"), yes("validator-1", "validator")) == "approved"


def test_nobody_counts_twice_over_two_gates() -> None:
    first = yes("both-1", "validator", "approve-validation")

    assert state(VALIDATION, first, yes("both-1")) == "approved"
    assert state(RISK, first, yes("both-1")) == "open"
    assert refused(RISK, "both-1", first) == "decided"
    assert state(RISK, first, yes("risk-1")) == "approved"
    assert refused(RISK, "risk-1", first) is None


def test_a_withdrawn_or_expired_approval_at_one_gate_frees_the_person_for_another() -> None:
    for gone in (yes("both-1", "validator", "approve-validation", withdrawn=True),
                 yes("both-1", "validator", "approve-validation", expires_at=NOW)):
        assert refused(RISK, "both-1", gone) is None
        assert state(RISK, gone, yes("both-1")) == "approved"
        assert state(VALIDATION, gone, yes("both-1")) == "open"


def test_whoever_approved_elsewhere_may_still_reject() -> None:
    first = yes("both-1", "validator", "approve-validation")

    assert refused(RISK, "both-1", first, decision="reject") is None
    assert refused(RISK, "both-1", first, decision="approve") == "decided"


def test_a_rejection_wins_until_it_is_withdrawn() -> None:
    enough = [yes("risk-1"), yes("risk-2")]

    assert state(TWO, *enough) == "approved"
    assert state(TWO, *enough, no("both-1")) == "rejected"
    assert state(TWO, no("both-1"), *enough) == "rejected"
    assert state(TWO, *enough, no("both-1", withdrawn=True)) == "approved"
    assert state(TWO, *enough, no("both-1", step="another")) == "approved"


@pytest.mark.parametrize(("left", "expected"), [(timedelta(seconds=1), "approved"), (timedelta(0), "open"), (timedelta(seconds=-1), "open")])
def test_an_approval_counts_until_it_expires(left: timedelta, expected: str) -> None:
    assert state(RISK, yes("risk-1", expires_at=NOW + left)) == expected


def test_an_expired_approval_may_be_given_again() -> None:
    old = yes("risk-1", expires_at=NOW)

    assert refused(RISK, "risk-1", old) is None
    assert state(RISK, old, yes("risk-1", expires_at=NOW + timedelta(days=1))) == "approved"
    assert refused(RISK, "risk-1", yes("risk-1", expires_at=NOW + timedelta(days=1))) == "decided"


def test_whoever_lost_the_role_does_not_count_and_the_reason_is_said() -> None:
    assert state(RISK, yes("risk-1")) == "approved"
    standing = evaluate(RISK, [yes("risk-1")], (), WITHOUT_RISK_1, NOW)
    assert standing.state == "open" and standing.void == ("risk-1: no longer holds the role risk",)


def test_control_means_anybody_of_the_control_side_and_nobody_else() -> None:
    assert holders(BANK, "control") == {"validator-1", "risk-1", "risk-2", "both-1"}
    for person, expected in (("validator-1", "approved"), ("risk-2", "approved"), ("credit-dev", "open"), ("idle-1", "open"), ("stranger", "open")):
        assert state(CONTROL, yes(person, "control")) == expected
        assert refused(CONTROL, person) == (None if expected == "approved" else "role")


def test_only_the_owner_attests_even_as_an_author() -> None:
    assert state(ATTEST, yes("credit-owner", "owner", "attest"), authors=("credit-owner",)) == "approved"
    assert refused(ATTEST, "credit-owner", authors=("credit-owner",)) is None
    for person in ("risk-1", "credit-dev", "validator-1"):
        assert refused(ATTEST, person) == "role"
        assert state(ATTEST, yes(person, "owner", "attest")) == "open"
    assert state(replace(ATTEST, owner=None), yes("credit-owner", "owner", "attest")) == "open"


def test_an_author_decides_at_no_gate_of_another_role_that_calls_itself_an_attestation() -> None:
    gate = Gate("attest", {"risk": 1}, "attest", "credit-owner")

    assert refused(gate, "risk-1", authors=("risk-1",)) == "author"
    assert state(gate, yes("risk-1", step="attest"), authors=("risk-1",)) == "open"
    assert state(gate, yes("risk-1", step="attest")) == "approved"


@pytest.mark.parametrize("roles", [{}, {"risk": 0}, {"risk": -1}, {"risk": 1, "validator": 0}])
def test_a_gate_that_asks_for_nobody_never_opens(roles: dict[str, int]) -> None:
    assert state(replace(RISK, roles=roles), yes("risk-1"), yes("validator-1", "validator")) != "approved"


def test_a_login_that_governance_does_not_name_decides_nothing() -> None:
    assert refused(RISK, None) == "unknown-person"
    assert person_of(BANK, "fab", "7") == "risk-1"
    for manager, login in (("simple", "7"), ("fab", "8"), ("simple", "RISK-1"), ("simple", ""), ("ldap", "risk-1")):
        assert person_of(BANK, manager, login) is None


def test_a_person_decides_in_a_role_still_missing() -> None:
    gate = replace(RISK, roles={"risk": 1, "validator": 1})

    assert role_for(gate, "both-1", [], (), BANK, NOW) == "risk"
    assert role_for(gate, "both-1", [yes("risk-1")], (), BANK, NOW) == "validator"
    assert role_for(gate, "credit-dev", [], (), BANK, NOW) is None
    assert roles_held(BANK, "both-1") == ["validator", "risk"]


PERSONS = ["risk-1", "risk-2", "both-1", "validator-1", "credit-dev", "credit-owner", "stranger"]
DECISIONS = st.lists(st.builds(
    Decision, st.sampled_from(["approve-risk", "approve-validation"]), st.sampled_from(PERSONS),
    st.sampled_from(["risk", "validator", "control"]), st.sampled_from(["approve", "approve", "approve", "reject"]),
    st.none() | st.sampled_from([NOW, NOW + timedelta(days=1)]), st.booleans(),
), max_size=8)


@settings(max_examples=500, deadline=None)
@given(DECISIONS, st.lists(st.sampled_from(PERSONS), max_size=2))
def test_two_approved_gates_stand_on_different_persons_none_of_them_an_author(decisions: list[Decision], authors: list[str]) -> None:
    risk, validation = (evaluate(gate, decisions, authors, BANK, NOW) for gate in (TWO, VALIDATION))
    live = {one.person for one in decisions if not one.withdrawn and one.decision == "approve" and one.expires_at != NOW} - set(authors)

    if risk.state == "approved":
        assert len(live & set(BANK.roles["risk"].held_by)) >= 2
    if risk.state == validation.state == "approved":
        assert len(live) >= 3
    for gate, standing in ((TWO, risk), (VALIDATION, validation)):
        rejected = any(one.decision == "reject" and not one.withdrawn and one.step == gate.step for one in decisions)
        assert (standing.state == "rejected") == rejected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([TWO, VALIDATION]), st.sampled_from(PERSONS)), max_size=12), st.lists(st.sampled_from(PERSONS), max_size=2))
def test_whoever_is_let_in_counts(votes: list[tuple[Gate, str]], authors: list[str]) -> None:
    decisions: list[Decision] = []
    for gate, person in votes:
        if refusal(gate, person, "approve", decisions, authors, BANK, NOW) is None:
            role = role_for(gate, person, decisions, authors, BANK, NOW)
            assert role is not None
            decisions.append(Decision(gate.step, person, role, "approve"))

    assert all(evaluate(gate, decisions, authors, BANK, NOW).void == () for gate in (TWO, VALIDATION))
    assert len({one.person for one in decisions}) == len(decisions)
