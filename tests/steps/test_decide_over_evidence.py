"""The decision reads the evidence, not what the steps say of themselves, and takes no step's place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.errors import EvidenceError
from modelops_airflow.governance.record import StepRecord, record
from modelops_airflow.governance.start import RunKey
from modelops_airflow.inventory.tables import ResultRow, RunRow


def evidence(bank: Bank, key: RunKey, step: str) -> str:
    """The evidence digest of a step of a run."""
    with bank.register.read() as session:
        run = bank._run(session, key)
        return str(
            session.scalars(
                select(ResultRow.evidence).where(ResultRow.run == run.id, ResultRow.step == step, ResultRow.current)
            ).one()
        )


def claim(bank: Bank, key: RunKey, step: str, digest: str | None, verdict: str | None = "pass") -> None:
    """A task says of itself that all is well."""
    record(bank.register, key, StepRecord(step, step, "measured", verdict, evidence=digest))


def test_a_step_that_says_pass_over_evidence_that_fails_is_judged_by_the_evidence(bank: Bank) -> None:
    key = bank.pin()
    bank.measure(key, ratio=0.5)
    claim(bank, key, "bias", evidence(bank, key, "bias"))
    assert bank.decide(key) == "fail"


def test_good_evidence_of_another_version_is_none_here(bank: Bank) -> None:
    good = bank.release("1.0.0")
    bad = bank.pin("1.1.0")
    bank.measure(bad, ratio=0.5)
    claim(bank, bad, "bias", evidence(bank, good.key, "bias"))
    assert bank.decide(bad) == "error"
    assert bank.state("1.1.0") == "rejected"


def test_good_evidence_of_another_step_is_none_here(bank: Bank) -> None:
    key = bank.pin()
    bank.measure(key)
    claim(bank, key, "bias", evidence(bank, key, "scan-artifact"))
    assert bank.decide(key) == "error"


def test_a_step_that_passed_without_evidence_did_not_pass(bank: Bank) -> None:
    key = bank.pin()
    bank.measure(key)
    claim(bank, key, "bias", None)
    assert bank.decide(key) == "error"


def test_a_step_that_never_ran_is_an_error(bank: Bank) -> None:
    key = bank.pin()
    assert bank.decide(key) == "error"
    with bank.register.read() as session:
        assert session.scalars(select(RunRow.verdict)).one() == "error"


def test_what_is_no_statement_is_no_evidence(bank: Bank) -> None:
    key = bank.pin()
    bank.measure(key)
    claim(bank, key, "bias", bank.store.put_json({"verdict": "pass"}))
    with pytest.raises(EvidenceError, match="is not a statement"):
        bank.decide(key)


def test_the_threshold_itself_decides_and_the_next_number_warns(bank: Bank) -> None:
    verdicts = {}
    for index, ratio in enumerate((0.79, 0.80, 0.84, 0.85)):
        key = bank.pin(f"1.{index}.0")
        bank.measure(key, ratio=ratio)
        verdict = bank.decide(key)
        with bank.register.read() as session:
            verdicts[ratio] = (verdict, bank._run(session, key).warned)
    assert verdicts == {0.79: ("fail", False), 0.80: ("pass", True), 0.84: ("pass", True), 0.85: ("pass", False)}


def test_the_same_evidence_gives_the_same_subject_in_another_run(bank: Bank) -> None:
    first = bank.release(run="first")
    second = bank.release(run="second")
    assert first.subject == second.subject
    bank.approve(first)
    assert bank.standing(second, "approve-risk").state == "approved"
