"""How long runs and people took, what was approved, and what ends, as the register has them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bank import GATES, Bank
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.plan.outlook import Past, Work
from modelops_airflow.steps.past import past_of


def past(bank: Bank) -> Past:
    with bank.register.write() as session:
        session.merge(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    with bank.register.read() as session:
        return past_of(session)


def took(bank: Bank, run: str, tasks: str, waited: str) -> None:
    """A run decided so many hours after its start, and its gates settled so many after they opened."""
    for statement in (
        "UPDATE modelops_run SET started_at = '2026-01-01 00:00:00', decided_at = :decided WHERE run_id = :run",
        "UPDATE modelops_gate SET opened_at = '2026-01-02 00:00:00' WHERE run = (SELECT id FROM modelops_run WHERE run_id = :run)",
        "UPDATE modelops_gate SET settled_at = :settled WHERE settled_at IS NOT NULL AND run = (SELECT id FROM modelops_run WHERE run_id = :run)",
    ):
        values = {"decided": f"2026-01-01 {tasks}:00", "settled": f"2026-01-02 {waited}:00", "run": run}
        bank.forge(statement, **{name: value for name, value in values.items() if f":{name}" in statement})


def test_work_is_the_median_of_the_last_runs_and_a_gate_that_waits_says_nothing(bank: Bank) -> None:
    for number, hours in enumerate(("01:00", "02:00", "09:00")):
        bank.approve(bank.release(f"1.{number}.0"))
        took(bank, f"manual__1.{number}.0", hours, hours)
    bank.release("1.3.0")
    took(bank, "manual__1.3.0", "05:00", "23:00")
    found = past(bank)
    assert found.work == {"pricing.release": Work(3.5, 2.0)}


def test_a_model_that_was_never_live_has_nothing_approved_and_nothing_that_ends(bank: Bank) -> None:
    bank.release()
    found = past(bank)
    assert (found.approved, found.expires) == ({}, {})


@pytest.mark.parametrize("valid", ["P30D", None])
def test_the_first_approval_that_ends_is_told_and_one_without_an_end_is_not(bank: Bank, valid: str | None) -> None:
    gates = {**GATES, "approve-validation": {**GATES["approve-validation"], "valid": valid}} if valid else {
        name: {key: value for key, value in rules.items() if key != "valid"} for name, rules in GATES.items()}
    bank.live(gates=gates)
    found = past(bank)
    if valid is None:
        assert found.expires == {}
    else:
        assert timedelta(days=29, hours=23) < found.expires["pricing"] - found.approved["pricing"] <= timedelta(days=30)


def test_without_any_run_nothing_is_known(bank: Bank) -> None:
    assert past(bank) == Past()
