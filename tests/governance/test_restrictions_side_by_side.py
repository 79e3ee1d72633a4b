"""Restrictions of one version stand side by side, by people and by conditions, in each environment: the strictest counts, and each is lifted by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bank import Bank, Candidate, governance, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import Refused
from modelops_airflow.governance import restrict as restrict_module
from modelops_airflow.governance import restriction_watch, restrictions
from modelops_airflow.governance.documents import keep
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.transaction import governed
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.tables import VersionRow
from modelops_airflow.ledger import append
from modelops_airflow.policy.restriction import Restriction
from waiver_world import day

TWO = governance(environments={name: {"target": "folder", "with": {"path": path}} for name, path in (("production", "live"), ("branch", "branch"))})


def under_conditions(bank: Bank, days: int, **facts: str) -> Candidate:
    release = bank.release("1.0.0", **facts)
    vote(bank.desk, release.gates["approve-validation"], person("vera"), "approve", "See the conditions.", release.subject,
         conditions=("Recalibrate",), until=datetime.now(UTC) + timedelta(days=days))
    for who in ("rita", "rolf"):
        bank.vote(release, "approve-risk", who)
    return release


def elsewhere(bank: Bank, version: str = "1.0.0") -> Candidate:
    release = bank.approve(bank.release(version, run="elsewhere", strategy={"to": "branch"}))
    bank.deploy(release)
    return release


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    for module in (restrictions, restriction_watch, restrict_module):
        monkeypatch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=days))


def met(bank: Bank, *who: str, number: int | None = None) -> list[bool]:
    return [conditions_met(bank.desk, "pricing", "1.0.0", person(name), "It is done.", number).lifted for name in who]


def by_person(bank: Bank, terms: str, days: int) -> Restriction:
    return restrict(bank.desk, "pricing", "1.0.0", person("rita"), terms, day(days))


def test_a_restriction_outlasts_the_release_of_the_version_to_another_environment(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.govern(TWO)
    release = under_conditions(bank, 20)
    bank.deploy(release)
    elsewhere(bank)
    assert bank.state() == "restricted" and bank.findings() == ["conditions-open"]
    later(monkeypatch, 40)
    told = restriction_watch.end_restrictions(bank.register)
    assert [line.partition(":")[0] for line in told] == ["pricing is suspended in production"]
    assert bank.state() == "in_use" and [state for _, state in bank.deployments()] == ["withdrawn", "live"]


def test_what_restricts_a_version_is_over_for_it_whatever_its_state_says(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.deploy(under_conditions(bank, 20))
    bank.forge("UPDATE modelops_version SET state = 'in_use'")
    later(monkeypatch, 40)
    assert len(restriction_watch.end_restrictions(bank.register)) == 1


def test_a_version_that_is_superseded_where_it_was_restricted_is_in_full_use_elsewhere(bank: Bank) -> None:
    bank.govern(TWO)
    bank.deploy(under_conditions(bank, 20))
    elsewhere(bank)
    bank.live("2.0.0")
    assert bank.state() == "in_use" and bank.findings() == []


def test_conditions_of_a_later_approval_stand_beside_a_persons_restriction(bank: Bank) -> None:
    bank.live()
    mine = by_person(bank, "No new customers.", 30)
    bank.deploy(under_conditions(bank, 20, run="second", purpose="another"))
    assert bank.state() == "restricted" and sorted(bank.findings()) == ["conditions-open", "restricted"]
    assert met(bank, "rita", "vera", number=mine.number) == [False, True]
    assert bank.state() == "restricted" and bank.findings() == ["conditions-open"]
    assert met(bank, "rita", "vera") == [False, True]
    assert bank.state() == "in_use" and bank.findings() == []


def test_an_event_that_a_task_may_tell_takes_the_place_of_no_restriction(bank: Bank) -> None:
    release = bank.live()
    by_person(bank, "No new customers.", 10)
    with governed(bank.register, "restricted", by="system", model_id="pricing") as session:
        append(session, "restricted", {"by": "system", "subject": "sha256:" + "0" * 64, "terms": keep(session, {"conditions": ["x"]}),
                                       "until": "2099-01-01T00:00:00Z", "version": "1.0.0"}, model_id="pricing")
    with bank.register.read() as session:
        one = restrictions.in_force(session, session.scalars(select(VersionRow)).one(), release.subject)
    assert one is not None and one.by == "rita"


def test_a_person_restricts_a_restricted_version_more_strictly_and_never_less(bank: Bank) -> None:
    bank.deploy(under_conditions(bank, 20))
    first = by_person(bank, "No new customers.", 15)
    for days in (15, 16):
        with pytest.raises(Refused, match="restricted to that already"):
            by_person(bank, "No new customers.", days)
    second = by_person(bank, "No new customers.", 5)
    with bank.register.read() as session:
        row = session.scalars(select(VersionRow)).one()
        assert row.reason.startswith(f"restricted until {second.until:%Y-%m-%d}: No new customers.; restricted until {first.until:%Y-%m-%d}")
    assert met(bank, "vera", "rita", "vera", "rita", "vera", "rita") == [False, True] * 3
    assert bank.state() == "in_use" and bank.findings() == []


def test_who_means_a_restriction_that_is_not_there_is_refused(bank: Bank) -> None:
    bank.live()
    by_person(bank, "No new customers.", 15)
    with pytest.raises(Refused, match="not restricted"):
        met(bank, "vera", number=0)
