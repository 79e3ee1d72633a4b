"""E-mail addresses that are log-ins stay out of the ledger, which is never erased; who they are is known all the same."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from sqlalchemy import select, text

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.digest import recorded
from modelops_airflow.errors import Refused, VoteRefused
from modelops_airflow.governance.activate import propose
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.obstacles import obstacles
from modelops_airflow.governance.record import known_run
from modelops_airflow.governance.start import RunKey, request_run
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.tables import VersionRow
from modelops_airflow.ledger import EventRow

RITA = Actor("username", "rita@bank.example", "rita@bank.example")
EVE = Actor("username", "eve@bank.example", "eve@bank.example")


@pytest.fixture
def mailed(bank: Bank) -> Bank:
    """A bank where Rita logs in with her e-mail address."""
    people = {**GOVERNANCE["people"], "rita": {**GOVERNANCE["people"]["rita"], "login": {"username": RITA.user_id}}}
    changed = governance(people=people)
    bank.govern(changed)
    return bank


def ledger(bank: Bank) -> str:
    """All bodies of the ledger."""
    with bank.register.read() as session:
        return b"\n".join(session.scalars(select(EventRow.body).order_by(EventRow.index))).decode()


def facts(bank: Bank, kind: str) -> dict[str, Any]:
    """The facts of the last event of a kind."""
    with bank.register.read() as session:
        body = session.scalars(select(EventRow.body).where(EventRow.kind == kind).order_by(EventRow.index.desc())).first()
    found: dict[str, Any] = json.loads(body or b"{}")["facts"]
    return found


def test_no_address_lands_in_the_ledger_whoever_does_or_is_refused_something(mailed: Bank) -> None:
    release = mailed.release(by=EVE.user_id)
    mailed.vote(release, "approve-risk", RITA)
    with pytest.raises(Refused):
        suspend(mailed.desk, "pricing", "production", EVE, "because")
    with pytest.raises(VoteRefused):
        mailed.vote(release, "approve-risk", EVE)
    changed = governance(timezone="Europe/Berlin")
    propose(mailed.register, changed, EVE.label)
    with mailed.register.read() as session:
        in_force = session.execute(text("SELECT digest FROM modelops_governance WHERE state = 'active'")).scalar_one()
        body = json.loads(session.execute(text("SELECT body FROM modelops_document WHERE digest = :d"), {"d": in_force}).scalar_one())
    propose(mailed.register, body, EVE.label)
    define(mailed.register, [Definition("pricing", "f", "x", None, None, [{"m": "x"}])], EVE.label)
    assert {"governance-withdrawn", "defined", "suspended", "decision"} <= set(mailed.events())
    assert "@bank.example" not in ledger(mailed)
    assert facts(mailed, "governance-withdrawn")["by"] == facts(mailed, "defined")["by"] == recorded(EVE.label)
    assert facts(mailed, "suspended")["by"] == recorded(EVE.label)


def test_an_approval_by_address_counts_all_the_way_to_production(mailed: Bank) -> None:
    release = mailed.release()
    mailed.vote(release, "approve-validation", "vera")
    mailed.vote(release, "approve-risk", RITA)
    mailed.vote(release, "approve-risk", "rolf")
    mailed.deploy(release)
    assert mailed.shown() == release.artifact


def test_a_log_in_that_was_edited_in_the_database_still_shows(mailed: Bank) -> None:
    release = mailed.release()
    for gate, who in (("approve-validation", person("vera")), ("approve-risk", RITA), ("approve-risk", person("rolf"))):
        mailed.vote(release, gate, who)
    mailed.forge("UPDATE modelops_decision SET auth = 'username:eve@bank.example' WHERE person = 'rita'")
    with pytest.raises(Refused, match="rita"):
        mailed.promote(release)


def test_who_asked_by_address_is_an_author_and_decides_nothing(mailed: Bank) -> None:
    request_run(mailed.desk, "pricing", RunKey("pricing.release", "manual__1.0.0"), RITA)
    assert "@" not in ledger(mailed).split("run-requested")[0].rsplit("\n", 1)[-1]
    release = mailed.release()
    with pytest.raises(VoteRefused, match="among the authors"):
        mailed.vote(release, "approve-risk", RITA)
    with mailed.register.read() as session:
        version = session.scalars(select(VersionRow)).one()
        assert [RITA.label, "asked for a run"] in version.authors
        found = obstacles(session, known_run(session, release.key), mailed.plan().to_json(), "release")
    assert not [one for one in found if "asked for this run" in one]


def test_who_asked_before_governance_named_them_is_an_author_too(bank: Bank) -> None:
    request_run(bank.desk, "pricing", RunKey("pricing.release", "manual__1.0.0"), RITA)
    release = bank.release()
    people = {**GOVERNANCE["people"], "rita": {"login": {"username": RITA.user_id}}}
    changed = governance(people=people)
    bank.govern(changed)
    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "approve-risk", RITA)


def test_who_asked_and_was_taken_out_of_the_authors_in_the_database_shows(mailed: Bank) -> None:
    request_run(mailed.desk, "pricing", RunKey("pricing.release", "manual__1.0.0"), RITA)
    release = mailed.release()
    mailed.forge("UPDATE modelops_version SET authors = '[[\"dana\", \"registered it\"]]'")
    with mailed.register.read() as session:
        found = obstacles(session, known_run(session, release.key), mailed.plan().to_json(), "release")
    assert [one for one in found if "asked for this run and is not among the authors" in one]


def test_events_of_before_have_addresses_in_clear_and_are_read_the_same(mailed: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["modelops_airflow.ledger.append"], "recorded", lambda name: name)
    request_run(mailed.desk, "pricing", RunKey("pricing.release", "manual__1.0.0"), EVE)
    release = mailed.release()
    for gate, who in (("approve-validation", person("vera")), ("approve-risk", RITA), ("approve-risk", person("rolf"))):
        mailed.vote(release, gate, who)
    assert "@bank.example" in ledger(mailed)  # the negative control: without the rule it would be there
    monkeypatch.undo()
    mailed.deploy(release)
    assert mailed.shown() == release.artifact
