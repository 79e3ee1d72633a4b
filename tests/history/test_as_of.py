"""A model on a day: what the register knew then, and nothing that came later."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import naive
import pytest
from past_world import START, Past
from sqlalchemy import select

from bank import Bank, held, person
from modelops_airflow.errors import ModelOpsError
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.history import as_of as under_test
from modelops_airflow.history.as_of import AsOf
from modelops_airflow.history.record import Record
from modelops_airflow.inventory.tables import DecisionRow


def take_back(past: Past, gate: str, who: str) -> None:
    """The last decision of somebody at a gate."""
    with past.bank.register.read() as session:
        id = session.scalars(select(DecisionRow.id).where(DecisionRow.step == gate, DecisionRow.person == who).order_by(DecisionRow.id.desc())).first()
    assert id is not None
    withdraw(past.bank.desk, id, person(who))


def flat(state: AsOf) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """What the code under test says, in the words of the independent reading."""
    return {(pack.name, one.status.control): (one.status.status, frozenset(proof.digest for proof in one.proofs if proof.digest and ": " in proof.what))
            for pack in state.packs for one in pack.controls}


def read_apart(past: Past) -> naive.Naive:
    return naive.Naive(Path(past.bank.url.removeprefix("sqlite:///")), past.bank.root / "evidence")


def three_versions(past: Past) -> dict[str, datetime]:
    """A year: three versions of the pack, approvals, a withdrawal, an expiry, a review, a broken file. Answers what happened when."""
    days: dict[str, datetime] = {}

    def look(name: str, after: int) -> None:
        days[name] = past.clock.go(days=after)
        past.clock.go(hours=1)

    look("before", 1)
    past.define(1)
    look("defined", 1)
    release = past.attested(past.release(ratio=0.92))
    past.bank.deploy(release)
    look("in use", 20)
    past.define(2)
    look("stricter", 10)
    take_back(past, "approve-risk", "rita")
    look("taken back", 30)
    past.bank.vote(release, "approve-risk", "ruth")
    look("approved again", 5)
    look("expired", 65)
    past.attested(past.review(ratio=0.97))
    look("reviewed", 40)
    past.define(3)
    look("a control more", 30)
    past.define(None)
    look("broken", 3)
    past.define(3)
    look("mended", 1)
    look("a year later", 400)
    return days


EXPECTED: dict[str, dict[str, str]] = {
    "before": {},
    "defined": {"OWN-1": "not tested", "OWN-2": "not tested", "OWN-3": "not tested"},
    "in use": {"OWN-1": "satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "stricter": {"OWN-1": "not satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "taken back": {"OWN-1": "not satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "approved again": {"OWN-1": "not satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "expired": {"OWN-1": "not satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "reviewed": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "a control more": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied", "OWN-4": "satisfied"},
    "broken": {"OWN-1": "not known", "OWN-2": "not known", "OWN-3": "not known", "OWN-4": "not known"},
    "mended": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied", "OWN-4": "satisfied"},
    "a year later": {"OWN-1": "overdue", "OWN-2": "not tested", "OWN-3": "not tested", "OWN-4": "not tested"},
}


def test_each_day_of_a_year_is_told_as_it_was_and_as_an_independent_reading_has_it(past: Past) -> None:
    """Asked at the end, when everything has happened; the withdrawal, the stricter pack and the review change nothing before them."""
    days = three_versions(past)
    assert {name: past.told(at) for name, at in days.items()} == EXPECTED
    apart = read_apart(past)
    for name, at in days.items():
        assert flat(past.state(at)) == apart.answer(at), name
