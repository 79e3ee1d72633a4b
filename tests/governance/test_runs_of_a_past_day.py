"""What a run for a past day comes to is on record, and says nothing about the model of today."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bank import Bank
from modelops_airflow.governance.start import RunKey, pin_in_use
from modelops_airflow.inventory.tables import ModelRow, RunRow, VersionRow
from modelops_airflow.steps.control_evidence import evidence_in_register
from modelops_airflow.steps.doubted import _Model, _standing
from modelops_airflow.steps.register_journal import RegisterJournal
from modelops_airflow.steps.snapshot import body_of
from modelops_airflow.ui.reads.fleet_facts import _last_plans
from modelops_airflow.ui.reads.last_results import last_results
from modelops_airflow.ui.reads.model_page import _latest

DAY = {"as_of": "2025-01-01"}
TODAY: dict[str, str] = {}


def monitor(bank: Bank, run: str, ratio: float, day: dict[str, str]) -> str:
    key = RunKey("pricing.monitor", run)
    assert pin_in_use(bank.register, key, {**bank.monitor(), **day}, "dana") is not None
    bank.measure(key, ratio)
    return bank.decide(key)


@pytest.mark.parametrize(("today", "then", "found"), [(0.5, 0.95, ["requirement-not-met-monitor"]), (0.95, 0.5, [])])
def test_it_neither_opens_nor_closes_a_finding(bank: Bank, today: float, then: float, found: list[str]) -> None:
    bank.live()
    monitor(bank, "today", today, TODAY)
    monitor(bank, "backfill", then, DAY)
    assert bank.findings() == found
    assert bank.events().count("decided") == 3, "it is on record all the same"


def test_the_last_run_about_today_speaks_for_the_model(bank: Bank) -> None:
    released = bank.live()
    monitor(bank, "today", 0.5, TODAY)
    monitor(bank, "backfill", 0.95, DAY)
    with bank.register.read() as session:
        runs = {row.run_id: row for row in session.scalars(select(RunRow))}
        version = session.scalars(select(VersionRow)).one()
        told = {run.lifecycle: run.run_id for run, _ in _last_plans(session, cast("Any", SimpleNamespace(champion=version)))}
        standing = _standing(session, [_Model("pricing", session.get_one(ModelRow, "pricing"), cast("Any", None), "monitor", runs[released.key.run_id])])
        assert told["monitor"] == standing["pricing"].run_id == "today"
        assert last_results(session, [version.id])["pricing"]["bias"]["run"] == runs["today"].id
        assert runs["backfill"].id not in _latest(sorted(runs.values(), key=lambda row: -row.id))
    evidence = evidence_in_register(bank.register, bank.store, "pricing", "1.0.0")["monitor"]
    assert {step.verdict for step in evidence.steps if step.uses == "bias"} == {"fail"}
    assert runs["backfill"].approved_plan not in body_of(bank.register, bank.store, "here")["runs"]


def test_it_is_no_earlier_run_of_one_about_today(bank: Bank) -> None:
    bank.live()
    monitor(bank, "today", 0.5, TODAY)
    monitor(bank, "backfill", 0.95, DAY)
    monitor(bank, "today-2", 0.5, TODAY)
    [earlier] = RegisterJournal(bank.register, RunKey("pricing.monitor", "today-2")).earlier("bias", 10)
    assert earlier is not None and earlier.evidence == RegisterJournal(bank.register, RunKey("pricing.monitor", "today")).result("bias").evidence


def test_the_day_of_a_run_is_fixed(bank: Bank) -> None:
    bank.live()
    monitor(bank, "backfill", 0.95, DAY)
    with pytest.raises(DBAPIError, match="the database refuses"):
        bank.sql("UPDATE modelops_run SET as_of = NULL WHERE run_id = 'backfill'")
