"""Evidence of controls from a real register and from local runs: what people decided covers what their gate named, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank import GATES, Bank, person
from modelops_airflow.digest import Digest
from modelops_airflow.errors import VoteRefused
from modelops_airflow.evidence.statement import put_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.policy.control_status import statuses
from modelops_airflow.steps.control_evidence import evidence_in_register, evidence_of_local_runs

CONTROLS = ["own OWN-1", "own OWN-2"]
COVERED = {**GATES, "attest-audit": {"roles": {"audit": 1}, "meaning": "attest", "valid": "P90D", "controls": CONTROLS}}


def told(bank: Bank, now: datetime | None = None) -> dict[str, str]:
    """Control -> status, with a pack of three controls: two that the audit attests, one of bias with a number of its own."""
    body: dict[str, Any] = {"applies": True, "why": "", "at": ["release"], "steps": [], "numbers": {}}
    attest = {"attest": {"role": "audit", "statement": "It is so."}}
    plan = {**bank.plan(gates=COVERED).to_json(), "packs": {"own": {"draft": False, "controls": {
        "OWN-1": {**body, **attest, "every": {"period": "P1Y", "basis": "law"}}, "OWN-3": {**body, **attest},
        "OWN-4": {**body, "steps": ["bias"], "numbers": {"impact_ratio": {"warn": None, "fail": "< 0.95", "basis": "industry"}}},
        "OWN-5": {**body, "steps": ["bias"], "numbers": {"impact_ratio": {"warn": "< 0.80", "fail": None, "basis": "industry"}}}}}}}
    evidence = evidence_in_register(bank.register, bank.store, "pricing", "1.0.0")
    return {one.control: one.status for one in statuses([plan], evidence, now or datetime.now(UTC))}


def test_a_decision_satisfies_the_controls_that_its_gate_names_and_the_number_is_the_controls_own(bank: Bank) -> None:
    release = bank.release(gates=COVERED)
    assert told(bank) == {"OWN-1": "not tested", "OWN-3": "not tested", "OWN-4": "not satisfied", "OWN-5": "satisfied"}

    bank.vote(release, "attest-audit", "ines")
    assert told(bank) == {"OWN-1": "satisfied", "OWN-3": "not tested", "OWN-4": "not satisfied", "OWN-5": "satisfied"}
    assert told(bank, datetime.now(UTC) + timedelta(days=400))["OWN-1"] == "overdue"


def test_a_decision_that_was_rejected_or_undecided_or_over_a_lost_run_satisfies_nothing(bank: Bank) -> None:
    release = bank.release(gates=COVERED)
    bank.vote(release, "attest-audit", "ines", "reject", comment="It is not so.")
    assert told(bank)["OWN-1"] == "not satisfied"


def test_when_people_decided_is_no_matter_of_what_a_task_writes_of_a_gate(bank: Bank) -> None:
    bank.vote(bank.release(gates=COVERED), "attest-audit", "ines")
    bank.sql("UPDATE modelops_gate SET settled_at = '2098-01-01 00:00:00'")
    assert told(bank, datetime.now(UTC) + timedelta(days=400))["OWN-1"] == "overdue"


def test_evidence_that_is_gone_satisfies_no_number(bank: Bank) -> None:
    key = bank.release(gates=COVERED).key
    assert told(bank)["OWN-5"] == "satisfied"
    bank.lose_evidence(key)
    assert told(bank)["OWN-5"] == "not tested"


def test_another_version_says_nothing_of_this_one(bank: Bank) -> None:
    bank.release("2.0.0", gates=COVERED)

    assert evidence_in_register(bank.register, bank.store, "pricing", "1.0.0") == {}


def test_no_author_attests_a_control_whatever_name_they_bear(bank: Bank) -> None:
    release = bank.release(gates=COVERED)

    with pytest.raises(VoteRefused, match="among the authors"):
        bank.vote(release, "attest-audit", Actor("simple", "ines", "dana"))
    assert bank.vote(release, "attest-audit", person("ines")).state == "approved"


def test_local_runs_say_what_was_measured_under_the_plan_as_it_is(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path / "evidence"))
    digest = put_statement(store, Measurement.of("bias", [Metric("impact_ratio", 0.9)]), subject=Digest("sha256:" + "0" * 64), step="bias")
    for stamp, plan in (("20261101T120000000000", "sha256:one"), ("20261102T120000000000", "sha256:two")):
        folder = tmp_path / "runs" / f"{stamp}-pricing-release"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"model": "pricing", "lifecycle": "release", "plan": plan, "steps": {
            "bias": {"uses": "bias", "verdict": "pass", "evidence": digest}, "profile": {"uses": "profile", "verdict": None, "evidence": None}}}))

    step, = evidence_of_local_runs(tmp_path, "pricing", {"sha256:one"})["release"].steps
    assert step.at == datetime(2026, 11, 1, 12, tzinfo=UTC) and step.measurement is not None and step.measurement.metrics[0].value == 0.9
    assert evidence_of_local_runs(tmp_path, "pricing", {"sha256:three"}) == {} and evidence_of_local_runs(tmp_path, "other", {"sha256:one"}) == {}
