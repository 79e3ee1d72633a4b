"""modelops doctor of findings: what a task told of them and nobody can read is seen there, and on the model's page."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import Bank, bank, migrated, postgres, register_url
from finding_world import raised
from modelops_airflow.cli.doctor import Finding, _findings
from modelops_airflow.cli.here import Here
from modelops_airflow.governance.finding_record import findings_on_record
from modelops_airflow.governance.transaction import governed
from modelops_airflow.ledger import append

__all__ = ["bank", "migrated", "postgres", "register_url"]

FORGED = {"at": "2026-01-01T00:00:00Z", "by": "system", "controls": None, "due_before": "2026-04-01T00:00:00Z", "evidence": None, "finding": 1,
          "owner": "olaf", "part": "system", "said": None, "severity": "high", "until": None, "words": None}


def told(bank: Bank, model: str | None = "pricing", **change: Any) -> None:
    """A closure by a task."""
    with governed(bank.register, "finding-close", by="system", model_id=model) as session:
        append(session, "finding-close", FORGED | change, model_id=model)


def seen(bank: Bank) -> Finding:
    return _findings(cast("Here", SimpleNamespace(register=bank.register)))


def test_findings_that_people_act_on_are_fine(bank: Bank) -> None:
    bank.pin()
    raised(bank)
    assert seen(bank) == Finding("findings", "ok", "every event about them can be read, and was permitted")


def test_what_nobody_can_read_or_the_rules_do_not_permit_is_told(bank: Bank) -> None:
    bank.pin()
    number = raised(bank)
    told(bank, at="x")
    found = seen(bank)
    assert found.state == "warned" and "a finding-close of pricing that cannot be read" in found.message and "ledger export" in found.next_step
    told(bank, finding=number, by="olaf", part="owner")
    assert seen(bank).message.endswith("; and 1 more")


@pytest.mark.parametrize("model", ["income-screen", None])
def test_what_is_told_under_another_model_or_none_is_a_doubt_and_changes_nothing(bank: Bank, model: str | None) -> None:
    bank.pin()
    number = raised(bank)
    told(bank, model, finding=number, by="vera", part="control")
    found = seen(bank)
    assert found.state == "warned" and (model or "no model") in found.message
    with bank.register.read() as session:
        assert findings_on_record(session, None).found["pricing", number].state.value == "open"
