"""A gate whose row somebody spoilt is shown as what it is, and keeps nobody from the other gates."""

from __future__ import annotations

import pytest

from bank import Bank, bank, migrated, postgres, register_url
from modelops_airflow.governance.activate import active
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.ui.reads.gates import Asker, by_urgency, gate_rows, waiting_gates

__all__ = ["bank", "migrated", "postgres", "register_url"]


@pytest.mark.parametrize("rules", ["{}", "[]", '{"roles": 7}', '"x"', '{"roles": {"risk": "two"}}', '{"roles": {"risk": null}}', '{"roles": {"risk": true}}', '{"roles": {"risk": -1}}'])
def test_it_says_that_it_cannot_be_asked_and_the_other_gate_may_be_decided(bank: Bank, rules: str) -> None:
    with bank.register.write() as session:
        session.add(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    bank.release()
    bank.sql("UPDATE modelops_gate SET rules = :rules WHERE step = 'approve-risk'", rules=rules)
    with bank.register.read() as session:
        rows = by_urgency(gate_rows(session, waiting_gates(session, ["pricing"]), Asker("vera", active(session))))
    told = {row["step"]: (row["may_decide"], row["why_not"]) for row in rows}
    assert told["approve-validation"] == (True, "")
    may, why_not = told["approve-risk"]
    assert not may and why_not.startswith("gate approve-risk cannot be asked: ")
    assert {frozenset(row) for row in rows} == {frozenset(rows[0])}, "both have the same fields"
