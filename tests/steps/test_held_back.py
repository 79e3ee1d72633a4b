"""What its own runtime holds back is taken out of service by the register, once, with a finding, and starting again takes many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.inventory.tables import FindingRow, VersionRow

WHY = "3 of its 3 requests failed"


@pytest.fixture(autouse=True)
def heeded(request: pytest.FixtureRequest, bank: Bank) -> None:
    """The environment is one of a canary, unless a test says otherwise."""
    if request.function.__name__ != "test_where_governance_names_no_canary_no_word_of_a_runtime_counts":
        body = governance(environments={**GOVERNANCE["environments"], "production": {"target": "folder", "with": {"path": "live", "held": True}}})
        propose(bank.register, body, "sync")
        activate(bank.register, digest_of(body), person("vera"))


def hold(bank: Bank, **told: Any) -> None:
    """The runtime's own words."""
    folder = bank.root / "live" / "held"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pricing.json").write_text(json.dumps({"epoch": 1, "artifact": bank.shown(), "version": "1.0.0", "why": WHY} | told))


def findings(bank: Bank) -> list[tuple[str, str]]:
    with bank.register.read() as session:
        return [(row.kind, row.message) for row in session.scalars(select(FindingRow).where(FindingRow.closed_at.is_(None)))]


def test_it_is_suspended_taken_from_the_target_and_told_once(bank: Bank) -> None:
    bank.live()
    hold(bank)

    assert bank.converge() == [f"pricing is suspended: its runtime held it back in production: {WHY}"]
    assert bank.converge() == ["pricing was taken out of service in production"]
    assert bank.converge() == []
    assert (bank.shown(), bank.state()) == (None, "suspended")
    assert findings(bank) == [("held-back-production", f"its runtime held version 1.0.0 back in production: {WHY}")]
    assert bank.events().count("pulled-back") == 1


@pytest.mark.parametrize("told", [{"epoch": 7}, {"epoch": 0}, {"epoch": True}, {"artifact": "sha256:" + "0" * 64}, {"why": ""}])
def test_words_about_another_deployment_or_without_a_reason_stop_nothing(bank: Bank, told: dict[str, Any]) -> None:
    release = bank.live()
    hold(bank, **told)

    assert bank.converge() == []
    assert bank.shown() == release.artifact


def test_signs_that_cannot_be_shown_are_not(bank: Bank) -> None:
    bank.live()
    hold(bank, why="bad\x1b[2Jthing")

    assert bank.converge() == ["pricing is suspended: its runtime held it back in production: bad?[2Jthing"]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, ""])
def test_words_that_cannot_be_read_are_a_finding_and_stop_nothing(bank: Bank, text: str) -> None:
    bank.live()
    hold(bank)
    (bank.root / "live" / "held" / "pricing.json").write_text(text)

    assert bank.converge() == ["pricing in production: what the runtime of pricing wrote of it cannot be read"]
    assert [kind for kind, _ in findings(bank)] == ["target-trouble-production"]
    assert bank.state() == "in_use"


def test_what_people_approved_before_does_not_count_after_and_the_next_release_closes_the_finding(bank: Bank) -> None:
    first = bank.live()
    hold(bank)
    bank.converge()

    with pytest.raises(PromotionRefused):
        bank.deploy(first)
    bank.live("2.0.0")
    assert findings(bank) == []
    with bank.register.read() as session:
        assert {row.version: row.state for row in session.scalars(select(VersionRow))} == {"1.0.0": "suspended", "2.0.0": "in_use"}


def test_where_governance_names_no_canary_no_word_of_a_runtime_counts(bank: Bank) -> None:
    bank.live()
    hold(bank)

    assert bank.converge() == []
    assert bank.state() == "in_use"
