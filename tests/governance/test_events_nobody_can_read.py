"""An event that nobody can read is told and skipped: whatever a task may write stops no model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bank import Bank, person
from finding_world import raised
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance.documents import keep
from modelops_airflow.governance.finding_record import findings_on_record
from modelops_airflow.governance.restrict import restrict
from modelops_airflow.governance.restrictions import restrictions_of
from modelops_airflow.governance.transaction import governed
from modelops_airflow.ledger import append
from waiver_world import day

REOPENED = {"at": "2026-01-01T00:00:00Z", "by": "system", "controls": None, "due_before": "2026-04-01T00:00:00Z", "evidence": None, "finding": 1,
            "owner": "olaf", "part": "system", "said": None, "severity": "high", "until": None, "words": None}


def told(bank: Bank, kind: str, facts: dict[str, Any]) -> None:
    """An event by a task."""
    with governed(bank.register, kind, by="system", model_id="pricing") as session:
        append(session, kind, facts, model_id="pricing")


def refused_by_the_database(bank: Bank, kind: str, facts: dict[str, Any]) -> bool:
    """Whether a ledger whose database looks into events refuses this one; SQLite's takes what a task writes."""
    if bank.register.engine.dialect.name != "postgresql":
        return False
    with pytest.raises(Refused, match="the ledger refuses the event: its facts lack"):
        told(bank, kind, facts)
    return True


@pytest.mark.parametrize("change", [
    {"at": "x"}, {"at": None}, {"at": "0001-01-01T00:00:00+14:00"}, {"by": 7}, {"due_before": "0001-01-01T00:00:00Z"}, {"due_before": "y"}, {"finding": "1"},
    {"part": "x"}, {"severity": "x"}, {"until": "x"}, {"until": 7},
], ids=json.dumps)
def test_a_reopening_that_nobody_can_read_holds_up_nothing_and_is_a_doubt(bank: Bank, change: dict[str, Any]) -> None:
    release = bank.approve(bank.release())
    told(bank, "finding-reopen", REOPENED | change)
    bank.deploy(release)
    assert bank.state() == "in_use"
    with bank.register.read() as session:
        [doubt] = findings_on_record(session, ["pricing"]).doubts
    assert "a finding-reopen of pricing that cannot be read" in doubt


def test_a_reopening_whose_severity_is_a_list_is_refused_or_a_doubt(bank: Bank) -> None:
    facts = REOPENED | {"severity": ["high"]}
    if not refused_by_the_database(bank, "finding-reopen", facts):
        told(bank, "finding-reopen", facts)
    with bank.register.read() as session:
        doubts = findings_on_record(session, ["pricing"]).doubts
    assert len(doubts) == (bank.register.engine.dialect.name == "sqlite")


def test_a_reopening_without_its_facts_leaves_the_finding_as_it_was(bank: Bank) -> None:
    release, number = bank.approve(bank.release()), raised(bank, "critical")
    if not refused_by_the_database(bank, "finding-reopen", {"finding": number}):
        told(bank, "finding-reopen", {"finding": number})
    with pytest.raises(PromotionRefused, match=f"finding {number}"):
        bank.deploy(release)


@pytest.mark.parametrize("until", [7, None, "x", "2099-01-01T00:00:00"], ids=json.dumps)
def test_a_restriction_that_nobody_can_read_leaves_the_one_before_it(bank: Bank, until: Any) -> None:
    bank.live()
    restrict(bank.desk, "pricing", "1.0.0", person("rita"), "small loans only", day(10))
    with governed(bank.register, "restricted", by="system", model_id="pricing") as session:
        terms = keep(session, {"conditions": ["x"]})
        append(session, "restricted", {"by": "system", "subject": None, "terms": terms, "until": until, "version": "1.0.0"}, model_id="pricing")
    with bank.register.read() as session:
        (found,) = restrictions_of(session, "pricing", "1.0.0")
    assert found is not None and found.by == "rita"
