"""The state machine of findings: every act by the right person, by a wrong one, out of time; and its replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelops_airflow.policy.finding import Finding, Told, Who, as_of, opened
from modelops_airflow.policy.finding_rules import ACTS, ENDED, PARTS, PROJECT_DEFAULT, SEVERITIES, Part, State, asked_of
from modelops_airflow.policy.finding_states import done, part_in, refusal, why_not

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
OWNER, CONTROL, OTHER, DEVELOPER = Who("olaf", owner=True), Who("rita", control=True), Who("rolf", control=True), Who("dana")
SYSTEM = Who("system", system=True)
EVERYTHING = frozenset({"words", "evidence", "controls", "until"})


def told(act: str, days: float = 1, terms: str = "t", until: float | None = None, has: frozenset[str] = EVERYTHING) -> Told:
    return Told(act, AT + timedelta(days=days), has, terms, None if until is None else AT + timedelta(days=until))


def new(severity: str = "high", *, raised: bool = True) -> Finding:
    return opened(7, severity, AT, "vera", "olaf", raised=raised)


def after(finding: Finding, act: str, who: Who, **said: Any) -> Finding:
    said.setdefault("until", {"accept-risk": 100, "extend": 120}.get(act))
    one = told(act, **said)
    assert refusal(finding, one, who) is None
    part = part_in(finding, act, who)
    assert part is not None and who.person is not None
    return done(finding, one, who.person, part)


def planned(finding: Finding | None = None) -> Finding:
    return after(after(finding or new(), "plan", OWNER), "plan", CONTROL)


def started() -> Finding:
    return after(planned(), "start", OWNER)


def ready() -> Finding:
    return after(started(), "hand-in", OWNER)


def disputed() -> Finding:
    return after(new(), "dispute", OWNER)


WAYS = {
    "dispute": (new, OWNER, State.DISPUTED), "withdraw": (disputed, CONTROL, State.WITHDRAWN), "uphold": (disputed, CONTROL, State.OPEN),
    "start": (planned, OWNER, State.IN_REMEDIATION), "hand-in": (started, OWNER, State.READY), "close": (ready, CONTROL, State.CLOSED),
    "return": (ready, CONTROL, State.IN_REMEDIATION), "extend": (planned, CONTROL, State.PLAN_AGREED),
}


@pytest.mark.parametrize("act", sorted(WAYS))
def test_each_act_is_done_by_whom_it_is_asked_of_and_by_nobody_else(act: str) -> None:
    make, who, state = WAYS[act]
    assert after(make(), act, who).state is state
    others = {OWNER, CONTROL} - {who}
    for one in (*sorted(others, key=str), DEVELOPER, Who("auditor")):
        refused = refusal(make(), told(act, until=120), one)
        assert refused is not None and refused[0] == "role"
    assert refusal(make(), told(act, until=120), Who(None, owner=True, control=True)) is not None


@pytest.mark.parametrize("act", sorted(ACTS))
def test_an_act_is_refused_in_every_state_that_it_is_not_for(act: str) -> None:
    for state in State:
        one = Finding(7, "high", AT, AT + timedelta(days=90), AT, state=state, expires_at=AT + timedelta(days=99))
        refused = why_not(one, act, CONTROL)
        assert (refused is not None and refused[0] == "state") is (state not in ACTS[act].before)


@pytest.mark.parametrize("name", sorted(ENDED))
def test_nothing_leads_out_of_an_end(name: State) -> None:
    assert all(name not in act.before for act in ACTS.values())


def test_every_state_is_reached_and_every_other_one_is_left() -> None:
    reached = {State.OPEN} | {act.after for act in ACTS.values() if act.after}
    assert reached == set(State)
    assert {state for act in ACTS.values() for state in act.before} == set(State) - ENDED


@pytest.mark.parametrize(("severity", "days"), [("critical", 30), ("high", 90), ("low", 365), ("medium", 180)])
def test_it_is_due_by_its_severity_and_every_number_says_on_what_it_rests(severity: str, days: int) -> None:
    one = new(severity)
    assert one.due_at == AT + timedelta(days=days)
    assert not one.overdue(one.due_at - timedelta(seconds=1))
    assert one.overdue(one.due_at)
    assert SEVERITIES[severity].due.basis == PROJECT_DEFAULT


def test_a_plan_takes_the_owner_and_the_control_side_over_the_same_words() -> None:
    half = after(new(), "plan", OWNER, terms="a")
    assert half.state is State.OPEN
    assert refusal(half, told("plan", terms="a"), OWNER) == ("decided", "olaf has agreed to this already, and nobody counts twice")
    other = after(half, "plan", CONTROL, terms="b")
    assert other.state is State.OPEN, "other words are another proposal"
    assert after(other, "plan", OTHER, terms="b").state is State.OPEN, "two of the control side are not the owner"
    assert after(other, "plan", OWNER, terms="b", has=frozenset()).state is State.PLAN_AGREED, "who agrees says nothing more"


def test_a_late_plan_is_late_and_still_a_plan() -> None:
    assert not new().plan_overdue(AT + timedelta(days=14))
    assert new().plan_overdue(AT + timedelta(days=15))
    assert after(after(new(), "plan", OWNER, days=40), "plan", CONTROL, days=41).state is State.PLAN_AGREED


def test_a_dispute_comes_in_time_and_once() -> None:
    assert refusal(new(), told("dispute", days=10), OWNER) is None
    late = refusal(new(), told("dispute", days=10.01), OWNER)
    assert late is not None
    assert late[0] == "late"
    again = refusal(after(disputed(), "uphold", CONTROL), told("dispute"), OWNER)
    assert again == ("decided", "it was disputed before, and is disputed once")


def test_who_opened_it_does_not_decide_its_dispute() -> None:
    for act in ("uphold", "withdraw"):
        refused = refusal(disputed(), told(act), Who("vera", control=True))
        assert refused is not None
        assert refused[0] == "author"


def test_a_dispute_that_nobody_decides_lapses() -> None:
    one = disputed()
    assert as_of(one, AT + timedelta(days=10.9)).state is State.DISPUTED
    assert as_of(one, AT + timedelta(days=11)).state is State.OPEN
    late = refusal(one, told("withdraw", days=11), CONTROL)
    assert late is not None
    assert late[0] == "state"


def test_nobody_closes_what_they_own_or_handed_in() -> None:
    for who in (Who("olaf", owner=True, control=True), Who("olaf", control=True)):
        refused = refusal(ready(), told("close"), who)
        assert refused is not None
        assert refused[0] in ("author", "role")
    handed = Finding(7, "high", AT, AT + timedelta(days=90), AT, owner="somebody", state=State.READY, handed_in_by="rita")
    refused = refusal(handed, told("close"), CONTROL)
    assert refused is not None
    assert refused[0] == "author"
    assert refusal(handed, told("close"), OTHER) is None, "the control"


@pytest.mark.parametrize(("act", "lacks", "code"), [
    ("close", "evidence", "evidence"), ("close", "words", "reason"), ("dispute", "words", "reason"), ("hand-in", "evidence", "evidence"),
    ("return", "words", "reason"),
])
def test_an_act_says_what_it_must(act: str, lacks: str, code: str) -> None:
    make, who, _ = WAYS[act]
    refused = refusal(make(), told(act, has=EVERYTHING - {lacks}), who)
    assert refused is not None
    assert refused[0] == code


def test_the_risk_of_a_critical_finding_is_accepted_by_nobody() -> None:
    for who in (CONTROL, OWNER, SYSTEM):
        refused = refusal(new("critical"), told("accept-risk", until=10), who)
        assert refused is not None
        assert refused[0] == "severity"


@pytest.mark.parametrize(("severity", "most", "who"), [("high", 181, CONTROL), ("low", 731, OWNER), ("medium", 366, CONTROL)])
def test_a_risk_is_accepted_for_so_long_at_most(severity: str, most: int, who: Who) -> None:
    assert refusal(new(severity), told("accept-risk", until=most), who) is None
    for until in (most + 0.1, 1):
        refused = refusal(new(severity), told("accept-risk", until=until), who)
        assert refused is not None
        assert refused[0] == "expiry"
    assert refusal(new(severity), told("accept-risk", until=most, has=frozenset({"words", "until"})), who) is not None, "without controls"


def test_the_risk_of_a_high_finding_takes_two_of_the_control_side() -> None:
    half = after(new(), "accept-risk", CONTROL)
    assert half.state is State.OPEN
    assert refusal(half, told("accept-risk", until=100), CONTROL) is not None, "the same person twice"
    assert refusal(half, told("accept-risk", until=100), OWNER) is not None
    whole = after(half, "accept-risk", OTHER)
    assert (whole.state, whole.expires_at) == (State.RISK_ACCEPTED, AT + timedelta(days=100))


def test_an_accepted_risk_owes_nothing_until_it_expires_and_is_open_again_then() -> None:
    one = after(after(new(), "accept-risk", CONTROL), "accept-risk", OTHER)
    assert not as_of(one, AT + timedelta(days=99)).overdue(AT + timedelta(days=99))
    assert as_of(one, AT + timedelta(days=100)).state is State.OPEN
    assert as_of(one, AT + timedelta(days=100)).overdue(AT + timedelta(days=100))
    assert refusal(one, told("reopen", days=99), SYSTEM) is not None
    assert after(one, "reopen", SYSTEM, days=101).state is State.OPEN
    assert refusal(one, told("reopen", days=101), CONTROL) is not None


def test_a_due_date_is_extended_once_and_by_so_much() -> None:
    assert refusal(new(), told("extend", until=181), CONTROL) is not None
    assert refusal(new(), told("extend", until=89), CONTROL) is not None, "earlier is no extension"
    one = after(new(), "extend", CONTROL, until=180)
    assert one.due_at == AT + timedelta(days=180)
    assert refusal(one, told("extend", until=190), CONTROL) == ("decided", "its due date was extended before, and is extended once")


@pytest.mark.parametrize("act", sorted(name for name, act in ACTS.items() if not act.observed))
def test_what_a_machine_observes_people_do_not_judge(act: str) -> None:
    one = Finding(7, "high", AT, AT + timedelta(days=90), AT, raised=False, owner="olaf", state=sorted(ACTS[act].before)[0])
    for who in (OWNER, CONTROL):
        refused = why_not(one, act, who)
        assert refused is not None
        assert "a machine observes" in refused[1]


def test_what_a_machine_observes_people_plan_and_work_on() -> None:
    one = planned(new(raised=False))
    assert after(one, "start", OWNER).state is State.IN_REMEDIATION


def test_every_role_that_is_asked_has_a_part() -> None:
    assert {part for act in ACTS for severity in SEVERITIES for parts in asked_of(act, severity) for part in parts} == set(Part)
    assert set(PARTS.values()) == set(Part)
