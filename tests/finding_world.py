"""Findings at the bank: vera of the control side opens one on `pricing`, olaf owns it, dana develops it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bank import Bank, person
from modelops_airflow.database import database_time
from modelops_airflow.governance import finding, finding_block, finding_watch
from modelops_airflow.governance.finding import Said, act, open_finding_on
from modelops_airflow.governance.finding_evidence import Evidence
from modelops_airflow.governance.finding_record import findings_on_record
from modelops_airflow.inventory.tables import FindingRow
from modelops_airflow.policy.finding import Finding

PROOF = Evidence(text="Recomputed by hand on the branch, all rows agree.")


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """The database's clock, as findings ask it, is so far ahead."""

    def ahead(session: Session) -> datetime:
        return database_time(session) + timedelta(days=days)

    for module in (finding, finding_block, finding_watch):
        monkeypatch.setattr(module, "database_time", ahead)


def raised(bank: Bank, severity: str = "high", who: str = "vera") -> int:
    """A finding on the bank's model, which is there once something of it was pinned."""
    return open_finding_on(bank.desk, "pricing", person(who), severity, "Monotonicity", "The price falls as the amount grows.")


def acts(bank: Bank, number: int, verb: str, who: str, **said: Any) -> Finding:
    """An act with words."""
    return act(bank.desk, number, verb, person(who), Said(**{"words": f"{verb}, said {who}", **said}))


def agreed(bank: Bank, number: int, verb: str, first: str, second: str, **said: Any) -> Finding:
    """An act of two people: one proposes, the other agrees to what was proposed."""
    asked = acts(bank, number, verb, first, **said).asked
    assert asked is not None
    return act(bank.desk, number, verb, person(second), Said(agree=asked.terms))


def planned(bank: Bank, number: int) -> Finding:
    return agreed(bank, number, "plan", "olaf", "vera")


def handed_in(bank: Bank, number: int) -> Finding:
    planned(bank, number)
    acts(bank, number, "start", "olaf")
    return acts(bank, number, "hand-in", "olaf", evidence=PROOF)


def closed(bank: Bank, number: int, who: str = "rita") -> Finding:
    handed_in(bank, number)
    return acts(bank, number, "close", who, evidence=PROOF)


def on_record(bank: Bank, number: int) -> Finding:
    """The finding as an auditor plays it from the ledger."""
    with bank.register.read() as session:
        found = findings_on_record(session, ["pricing"])
        assert found.doubts == []
        return found.found["pricing", number]


def row_of(bank: Bank, number: int) -> FindingRow:
    with bank.register.read() as session:
        return session.get_one(FindingRow, number)


def days_from_now(bank: Bank, days: float) -> datetime:
    with bank.register.read() as session:
        return database_time(session) + timedelta(days=days)
