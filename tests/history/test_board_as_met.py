"""The board report and `policies met` answer the same question about a moment, and answer it alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from past_world import Past

from bank import GATES, Bank
from modelops_airflow.documents import fleet_counts
from modelops_airflow.history.as_of import NOT_KNOWN
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.ui.reads import fleet_facts as board
from waiver_world import WORDS, later, waived_release


def requirements(bank: Bank) -> list[dict[str, Any]]:
    """What the report tells of the one model."""
    with bank.register.write() as session:
        if session.get(ModelRow, "pricing") is None:
            session.add(ModelRow(id="pricing", name="Pricing", file="x", tier=2, owner="olaf"))
    [model] = board.fleet_facts(bank.register, bank.store)["models"]
    return list(model["requirements"])


def of_controls(bank: Bank) -> dict[str, str]:
    return {one["what"].partition(":")[0]: one["status"] for one in requirements(bank) if one["by"].startswith("own")}


def test_a_pack_that_was_named_after_the_last_run_is_asked_in_the_report_too(past: Past) -> None:
    release = past.release(gates=GATES)
    past.bank.approve(release)
    past.bank.deploy(release)
    assert of_controls(past.bank) == {}, "the control: nobody had named it"
    past.clock.go(days=1)
    past.define(1)
    past.clock.go(days=1)
    met = {name: board._OF_CONTROLS[status] for name, status in past.told().items()}
    assert of_controls(past.bank) == met and set(met.values()) == {fleet_counts.MET, fleet_counts.NOT_TESTED}


def test_at_every_later_moment_they_agree(past: Past) -> None:
    past.define(1)
    release = past.attested(past.release())
    past.bank.deploy(release)
    seen = set()
    for days in (0, 100, 100, 200):
        past.clock.go(days=days)
        met = {name: board._OF_CONTROLS[status] for name, status in past.told().items()}
        assert of_controls(past.bank) == met
        seen |= set(met.values())
    assert seen >= {fleet_counts.MET, fleet_counts.OVERDUE}


def test_what_cannot_be_told_is_never_met(past: Past) -> None:
    past.define(1)
    past.bank.deploy(past.attested(past.release()))
    past.clock.go(days=1)
    past.define(None)
    assert set(past.told().values()) == {NOT_KNOWN}
    assert set(of_controls(past.bank).values()) == {fleet_counts.NOT_TESTED}


@pytest.mark.parametrize(("days", "status"), [(0, "waived"), (40, "not met")])
def test_a_step_that_passed_by_a_waiver_is_waived_while_the_waiver_counts(bank: Bank, monkeypatch: pytest.MonkeyPatch, days: int, status: str) -> None:
    release, _ = waived_release(bank)
    bank.approve(release)
    bank.deploy(release)
    later(monkeypatch, days)
    real = board.database_time
    monkeypatch.setattr(board, "database_time", lambda session: real(session) + timedelta(days=days))
    told = [one for one in requirements(bank) if one["what"] == "release: bias"]
    assert [(one["by"], one["status"]) for one in told] == [(WORDS, status)]
