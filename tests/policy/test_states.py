"""The state machine of a version: what leads into production, and what leads out of it."""

from __future__ import annotations

import pytest

from modelops_airflow.policy.states import TRANSITIONS, permitted

STATES = {state for pair in TRANSITIONS for state in pair}


def test_the_states_are_those_of_the_language() -> None:
    assert {"registered", "validating", "waiting", "approved", "conditional", "rejected", "in_use", "restricted", "suspended", "retired"} == STATES


def test_only_an_approved_version_comes_into_use() -> None:
    assert {before for before in STATES if permitted(before, "in_use")} == {"approved", "conditional", "restricted", "in_use"}


def test_only_a_waiting_version_or_the_one_it_replaces_becomes_approved() -> None:
    assert {before for before in STATES if permitted(before, "approved")} == {"waiting", "in_use", "restricted", "approved", "conditional"}
    assert {before for before in STATES if permitted(before, "conditional")} == {"waiting", "restricted", "approved", "conditional"}


def test_only_what_is_in_use_or_ready_becomes_restricted() -> None:
    assert {before for before in STATES if permitted(before, "restricted")} == {"approved", "conditional", "in_use", "restricted"}


def test_nothing_leads_out_of_retirement_and_everything_leads_into_it() -> None:
    assert {after for after in STATES if permitted("retired", after)} == {"retired"}
    assert all(permitted(before, "retired") for before in STATES)


def test_starting_again_after_a_suspension_takes_a_release() -> None:
    assert {after for after in STATES if permitted("suspended", after)} == {"suspended", "validating", "retired"}


@pytest.mark.parametrize("state", sorted(STATES))
def test_staying_is_always_permitted_and_unknown_states_never(state: str) -> None:
    assert permitted(state, state)
    assert not permitted(state, "live") and not permitted("live", state)
