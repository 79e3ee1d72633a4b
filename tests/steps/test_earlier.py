"""A monitor's step reads what it measured in the runs before; a run that came to nothing is None and not left out."""

from __future__ import annotations

from bank import TABLE, Bank
from modelops_airflow.checks import Earlier
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.governance.record import StepRecord, known_run, record
from modelops_airflow.governance.start import RunKey
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.steps.earlier import earlier_measurements
from modelops_airflow.steps.folder_journal import FolderJournal
from modelops_airflow.steps.measured import measured
from modelops_airflow.steps.run import Run


def _found(bank: Bank, key: RunKey, most: int = 30) -> list[float | None]:
    """The value that each earlier run measured."""
    run = bank.run(key)
    read = earlier_measurements(run, run.plan.step("bias"))
    assert read is not None
    return [None if one is None else one.measurement.metrics[0].value for one in read(most)]


def test_earlier_runs_come_newest_first_and_stop_at_this_one(bank: Bank) -> None:
    keys = [bank.pin(run=f"day-{day}") for day in range(4)]
    for day, key in enumerate(keys):
        bank.measure(key, ratio=0.9 + day / 100)
    assert _found(bank, keys[0]) == []
    assert _found(bank, keys[2]) == [0.91, 0.90]
    assert _found(bank, keys[3], most=2) == [0.92, 0.91]


def test_an_earlier_run_comes_with_the_evidence_that_says_so(bank: Bank) -> None:
    first, last = bank.pin(run="day-0"), bank.pin(run="day-1")
    bank.measure(first)
    run, before = bank.run(last), bank.run(first).journal.result("bias")
    read = earlier_measurements(run, run.plan.step("bias"))
    assert read is not None and before is not None and before.evidence is not None
    with bank.register.read() as session:
        at = known_run(session, first).started_at
    assert read(30) == [Earlier(before.evidence, read_measurement(run.store, before.evidence), at)]
    assert bank.run(first).journal.started() == at


def test_a_run_that_measured_nothing_erred_or_lost_its_evidence_is_unknown(bank: Bank) -> None:
    keys = [bank.pin(run=f"day-{day}") for day in range(6)]
    for key in (keys[0], keys[4]):
        bank.measure(key)
    bank.measure(keys[1], ratio=0.5)
    bank.lose_evidence(keys[1])
    run = bank.run(keys[2])
    run.journal.record(run.plan.step("bias"), measured(run, run.plan.step("bias"), Measurement.of("bias", [Metric("n", None, reason="lost")])))
    assert _found(bank, keys[5]) == [0.92, None, None, None, 0.92]


def test_evidence_of_another_step_or_artifact_is_unknown(bank: Bank) -> None:
    first, other, last = bank.pin(run="day-0"), bank.pin("1.1.0", run="day-1", text=TABLE.format(version="1.1.0") + "# other\n"), bank.pin(run="day-2")
    for key in (first, other):
        bank.measure(key)
    assert _found(bank, last) == [None, 0.92]
    scanned = bank.run(first).journal.result("scan-artifact")
    assert scanned is not None
    record(bank.register, first, StepRecord("bias", "bias", "measured", "pass", evidence=scanned.evidence))
    assert _found(bank, last) == [None, None]


def test_a_local_run_knows_no_earlier_ones(bank: Bank) -> None:
    run = bank.run(bank.pin())
    local = Run(**{**vars(run), "journal": FolderJournal(bank.root / "runs", run.plan, run.artifact)})
    assert earlier_measurements(local, run.plan.step("bias")) is None
