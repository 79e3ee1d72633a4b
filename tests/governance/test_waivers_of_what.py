"""A waiver covers the steps that its control asks for, as the control was when the waiver was asked for, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

import waiver_world
from bank import Bank, Candidate
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.evidence.manifest import manifest, subject_of
from modelops_airflow.evidence.verify import verify
from modelops_airflow.governance import obstacles
from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.record import decide
from modelops_airflow.inventory.tables import ResultRow, WaiverRow
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plan.types import Plan
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.steps.measured import measured
from waiver_world import CONTROL, PACK, POLICIES, accept, ask, begin, plan


@pytest.fixture
def crossed(bank: Bank) -> Candidate:
    """A task names a waiver of the ratio for the scan of the artifact, which failed."""
    bank.govern(POLICIES)
    key = begin(bank, "1.0.0")
    run = bank.run(key)
    scan, metrics = run.plan.step("scan-artifact"), [Metric("format_allowed", 1.0), Metric("untrusted_types", 3.0), Metric("artifact_findings", 7.0)]
    run.journal.record(scan, measured(run, scan, Measurement.of("scan-artifact", metrics)))
    number = ask(bank)
    accept(bank, number)
    assert bank.decide(key) == "fail"
    with bank.register.read() as session:
        row = bank._run(session, key)
        results = session.scalars(select(ResultRow).where(ResultRow.run == row.id, ResultRow.current, ResultRow.uses != "decide"))
        evidence = {one.step: one.evidence for one in results if one.evidence}
        terms, artifact, planned = session.scalars(select(WaiverRow.terms)).one(), row.artifact, fetch(session, row.plan)
    waived = [{"control": CONTROL, "pack": PACK, "step": step, "terms": terms, "waiver": number} for step in ("bias", "scan-artifact")]
    frozen = bank.store.put_json(manifest(evidence, verdict="pass", warned=True, waived=waived))
    decide(bank.register, key, manifest=frozen, subject=subject_of(planned, artifact=artifact, manifest=frozen), verdict="pass", warned=True, reasons=[], waived=waived)
    return bank.approve(bank.gates(key))


def test_a_waiver_covers_no_step_that_its_control_does_not_ask_for(bank: Bank, crossed: Candidate) -> None:
    with pytest.raises(PromotionRefused, match=f"step scan-artifact rests on waiver .* of {PACK} {CONTROL}, which asks nothing of that step"):
        bank.promote(crossed)


def test_without_that_guard_the_database_refuses_it(bank: Bank, crossed: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obstacles, "misplaced", lambda *_: [])
    with pytest.raises(Refused, match="a step that is judged has no result that passes"):
        bank.promote(crossed)


def test_a_pack_of_such_a_decision_does_not_verify(bank: Bank, crossed: Candidate) -> None:
    assert verify(bank.store.get(pack_of(bank.run(crossed.key))))["problems"] == [f"{PACK} {CONTROL} asks nothing of step scan-artifact, so its waiver does not cover that"]


def test_a_control_that_says_something_else_by_now_is_not_waived(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0")
    assert accept(bank, ask(bank)) == "active"

    def changed(bank: Bank, version: str, **facts: Any) -> Plan:
        told = plan(bank, version, **facts)
        packs = json.loads(json.dumps(told.packs))
        packs[PACK]["controls"][CONTROL]["text"] = "Something else."
        return replace(told, packs=packs)

    monkeypatch.setattr(waiver_world, "plan", changed)
    assert bank.decide(begin(bank, "1.0.0")) == "fail"
    monkeypatch.undo()
    assert bank.decide(begin(bank, "1.1.0")) == "pass"
