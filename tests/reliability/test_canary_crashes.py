"""A part of the crash matrix for releases through a canary and for what is pulled back: whatever is killed, the same end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from crash_actions import Action
from crash_matrix import matrix
from places import Places
from sqlalchemy.orm import Session

from bank import Bank
from canaries import THROUGH, WATCHED, approved, hold, with_canary
from modelops_airflow.database import database_time
from modelops_airflow.governance import pull_back, trial
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import DeploymentRow
from modelops_airflow.steps import trial as looks
from modelops_airflow.steps.bake import Baking

pytestmark = pytest.mark.alone
SEED = 5


@contextmanager
def an_hour_later() -> Iterator[None]:
    """As trials ask the database."""

    def ahead(session: Session) -> datetime:
        return database_time(session) + timedelta(hours=1)

    trial.database_time = ahead
    try:
        yield
    finally:
        trial.database_time = database_time


def _to_bake(bank: Bank) -> Any:
    with_canary(bank).live("1.0.0")
    return approved(bank, "1.1.0", **THROUGH)


def _bake(bank: Bank, release: Any) -> None:
    with suppress(Baking):
        bank.deploy(release)


def _to_go_on(bank: Bank) -> Any:
    release = _to_bake(bank)
    _bake(bank, release)
    return release


def _go_on(bank: Bank, release: Any) -> None:
    with an_hour_later():
        bank.deploy(release)


def _to_pull_back(bank: Bank) -> None:
    with_canary(bank).live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    hold(bank, "live")


def _out(bank: Bank) -> None:
    """The canary is held back."""
    _to_go_on(bank)
    hold(bank, "canary")


ACTIONS = {
    "into the canary": Action(_to_bake, _bake),
    "on from the canary": Action(_to_go_on, _go_on),
    "back from production": Action(_to_pull_back, lambda bank, _: bank.converge() and None),
    "back from the canary": Action(_out, lambda bank, _: bank.converge() and None),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_whatever_is_killed_the_old_or_the_new_version_is_live_and_doing_it_again_ends_it(places: Places, action: str) -> None:
    told = matrix(places, actions=[action], how=["kill"], every=37 if places.backend == "sqlite" else 29, seed=SEED, table=ACTIONS)
    assert told["points"][action] > 3
    assert told["violations"] == 0, told["first"]


def test_a_version_before_that_is_permitted_in_another_transaction_is_lost_by_a_kill(sqlite_places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    whole, permitted = pull_back.pull_back, pull_back._permitted

    def in_two(register: Register, deployment: int, why: str, **facts: Any) -> Any:
        monkeypatch.setattr(pull_back, "_permitted", lambda *_: (None, ""))
        pulled = whole(register, deployment, why, **facts)
        with register.write() as session:
            before = pull_back._before(session, session.get_one(DeploymentRow, deployment))
            promotion, _ = permitted(session, before, facts["strengths"], facts["doubts"], None)
        return pulled and replace(pulled, promotion=promotion)

    monkeypatch.setattr(looks, "pull_back", in_two)
    told = matrix(sqlite_places, actions=["back from production"], how=["kill"], every=23, seed=SEED, table=ACTIONS)
    assert told["violations"] > 0
