"""The ledger of findings played again: the same states, and nothing that the rules do not permit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelops_airflow.policy.finding import Told
from modelops_airflow.policy.finding_replay import replay
from modelops_airflow.policy.finding_rules import State

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
EVERYTHING = frozenset({"words", "evidence", "controls", "until"})


def told(act: str, days: float, until: float | None = None) -> Told:
    return Told(act, AT + timedelta(days=days), EVERYTHING, "t", None if until is None else AT + timedelta(days=until))


def event(act: str, by: str, part: str, days: float = 1, *, owner: str = "olaf", until: float | None = None, **facts: Any) -> tuple[str, Told, dict[str, Any]]:
    body = {"finding": 7, "severity": "high", "by": by, "part": part, "owner": owner, "due_before": (AT + timedelta(days=90)).isoformat(), **facts}
    return act, told(act, days, until), body


CLOSED = [
    event("open", "vera", "control", 0), event("plan", "olaf", "owner"), event("plan", "rita", "control", 2), event("start", "olaf", "owner", 3),
    event("hand-in", "olaf", "owner", 4), event("return", "vera", "control", 5), event("hand-in", "olaf", "owner", 6), event("close", "vera", "control", 7),
]


def test_the_ledger_played_again_comes_to_the_same_states() -> None:
    states = [replay(CLOSED[:length])[0][7].state.value for length in range(1, len(CLOSED) + 1)]
    assert states == ["open", "open", "plan_agreed", "in_remediation", "ready_for_verification", "in_remediation", "ready_for_verification", "closed"]
    assert replay(CLOSED)[1] == []


@pytest.mark.parametrize("forged", [
    event("close", "olaf", "control", 7), event("close", "olaf", "owner", 7), event("close", "rita", "system", 7),
    event("close", "new", "control", 7, owner="new"),
])
def test_a_closure_by_the_owner_that_got_into_the_ledger_closes_nothing(forged: tuple[str, Told, dict[str, Any]]) -> None:
    found, doubts = replay([*CLOSED[:-1], forged])
    assert found[7].state is State.READY
    assert len(doubts) == 1
    assert replay(CLOSED)[0][7].state is State.CLOSED, "the control"


def test_a_closure_that_skips_the_remediation_closes_nothing() -> None:
    found, doubts = replay([CLOSED[0], event("close", "rita", "control")])
    assert found[7].state is State.OPEN
    assert "not permitted" in doubts[0]


def test_the_first_opening_of_a_number_counts() -> None:
    found, _ = replay([*CLOSED, event("open", "vera", "control", 8)])
    assert found[7].state is State.CLOSED


def test_acts_on_what_a_machine_opened_are_played_again_too() -> None:
    found, doubts = replay([event("plan", "olaf", "owner"), event("plan", "rita", "control"), event("close", "rita", "control")])
    assert (found[7].raised, found[7].state, found[7].opened_at) == (False, State.PLAN_AGREED, AT)
    assert len(doubts) == 1
