"""A vendor changes its answers and not its version: the monitor finds it, and says between which runs it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.inventory.tables import FindingRow
from modelops_airflow.measurement import Measurement
from modelops_airflow.plan import make_plan
from modelops_airflow.spec.read import parse_model, read_governance
from modelops_airflow.steps.local import attempt
from modelops_airflow.steps.run import Run, StepResult
from vendors import address, serving, vendor_server

ROOT = Path(__file__).parents[2]
GOVERNANCE = read_governance(ROOT / "dags" / "governance.yaml").spec
MODEL = """
modelops: 1
model:
  name: Bought credit score
  purpose: A second opinion on credit applications.
  tier: 3
  owner: credit-owner
  developers: [credit-dev]
  kind: http
  version: "2026.1"
  artifact: examples/vendor/SERVICE
  with: {connection: vendor, private: true}
data:
  baseline: examples/credit/baseline.parquet
  current: examples/credit/current.parquet
  columns: {favourable: 0, protected: [sex], ignore: [application_id, defaulted]}
lifecycles:
  monitor:
    uses: monitor
    steps:
      canary:
        uses: replay
        insert: {after: drift}
        with: {file: examples/vendor/canary.parquet}
        require: {answers_changed_share: {fail: "> 0"}}
"""


class Monitor:
    """A monitor of a bought model, run by run, in the bank's register."""

    def __init__(self, bank: Bank, vendor: Any, service: str) -> None:
        self.bank, self.vendor = bank, vendor
        shutil.copytree(ROOT / "examples", bank.root / "examples")
        self.plan = make_plan(parse_model(MODEL.replace("SERVICE", service), "vendor.yaml"), GOVERNANCE, "monitor")
        self.artifact = bank.root / self.plan.model["artifact"]

    def run(self, day: int) -> Measurement:
        """One run, of the first of so many days of March."""
        key, day_of = RunKey("vendor.monitor", f"day-{day}"), datetime(2026, 3, day, 9, tzinfo=UTC)
        pin(self.bank.register, key, self.plan.to_json(), self.bank.store.put_file(self.artifact), self.artifact.name, "schedule")
        self.bank.forge("UPDATE modelops_run SET started_at = :at WHERE run_id = :run", at=day_of.strftime("%Y-%m-%d %H:%M:%S"), run=key.run_id)
        run = Run(**{**vars(self.bank.run(key)), "roots": ("examples",), "connections": lambda _name: address(self.vendor)})
        for step in run.plan.steps:
            if step.uses != "pin":
                run.journal.record(step, attempt(run, step))
        result = run.journal.result("canary")
        assert result is not None and result.evidence is not None, result
        return read_measurement(self.bank.store, result.evidence)

    def result(self, day: int, step: str) -> StepResult:
        """What a step came to."""
        found = self.bank.run(RunKey("vendor.monitor", f"day-{day}")).journal.result(step)
        assert found is not None
        return found

    def finding(self) -> str:
        """What the open finding of the monitor says; empty if there is none."""
        with self.bank.register.read() as session:
            return session.scalar(select(FindingRow.message).where(FindingRow.closed_at.is_(None))) or ""


@pytest.fixture
def monitor(bank: Bank) -> Iterator[Monitor]:
    with serving(vendor_server.Vendor()) as vendor:
        yield Monitor(bank, vendor, "service-2026.1.yaml")


def values(found: Measurement) -> dict[str, float | None]:
    return {row.name: row.value for row in found.metrics}


def test_a_change_under_the_same_version_is_silent_and_dated(monitor: Monitor) -> None:
    quiet = [monitor.run(day) for day in (1, 2)]
    assert [values(one)["answers_changed_share"] for one in quiet] == [0, 0] and monitor.finding() == ""
    assert [(values(one)["changed_runs"], values(one)["silent_change"], one.parameters["answered_by"]) for one in quiet] == [(0, 0, "2026.1")] * 2
    assert quiet[0].to_json() == quiet[1].to_json(), "the same answers are the same evidence"
    first, second = (monitor.result(day, "profile") for day in (1, 2))
    assert first.evidence == second.evidence and first.products["service.json"] != second.products["service.json"], "times are beside it"

    monitor.vendor.shift = 0.4
    third = monitor.run(3)
    assert (values(third)["changed_runs"], values(third)["silent_change"], third.parameters["answered_by"]) == (1, 1, "2026.1")
    assert (values(third)["answers_changed_share"] or 0) > 0.9
    (told,) = [note for note in third.notes if "answers changed" in note]
    assert "between the run started 2026-03-02 09:00 UTC" in told and "the last that agreed, and this run started 2026-03-03 09:00 UTC" in told
    assert "silently: the model said it is version 2026.1 before and after" in told and told in monitor.finding()

    fourth = monitor.run(4)
    assert (values(fourth)["changed_runs"], values(fourth)["silent_change"]) == (2, 1)
    (told,) = [note for note in fourth.notes if "answers changed" in note]
    assert "between the run started 2026-03-02 09:00 UTC" in told and "and the run started 2026-03-03 09:00 UTC" in told and "03-04" not in told
    assert told in monitor.finding()
    assert set(fourth.inputs) >= {"last-agreed", "first-changed", "file:examples/vendor/canary.parquet"}
    assert read_measurement(monitor.bank.store, fourth.inputs["first-changed"]) == third
    assert read_measurement(monitor.bank.store, fourth.inputs["last-agreed"]) == quiet[1]

    monitor.vendor.shift = 0.0
    assert values(monitor.run(5))["changed_runs"] == 0 and monitor.finding() == ""


def test_a_change_with_another_version_is_dated_and_not_silent(bank: Bank) -> None:
    with serving(vendor_server.Vendor()) as vendor:
        monitor = Monitor(bank, vendor, "service-v2.yaml")
        monitor.run(1)
        vendor.shift, vendor.version = 0.4, "2026.2"
        found = monitor.run(2)
    assert (values(found)["changed_runs"], values(found)["silent_change"]) == (1, 0)
    assert "said it is version 2026.1, then 2026.2" in monitor.finding() and "2026-03-01" in monitor.finding()


def test_a_run_in_which_the_vendor_was_away_is_told_and_is_taken_for_neither(bank: Bank) -> None:
    with serving(vendor_server.Vendor(key="k")) as vendor:
        monitor = Monitor(bank, vendor, "service-v2.yaml")
        vendor.key = ""
        monitor.run(1)
        vendor.key = "another"
        with pytest.raises(AssertionError):
            monitor.run(2)
        vendor.key, vendor.shift = "", 0.4
        found = monitor.run(3)
    assert "2026-03-01" in monitor.finding() and "between them of which nothing is known: 1" in monitor.finding()
    assert (values(found)["changed_runs"], values(found)["silent_change"]) == (1, 1)


def test_without_a_run_that_agreed_nobody_says_silent_and_no_requirement_on_it_passes(bank: Bank) -> None:
    with serving(vendor_server.Vendor(shift=0.4)) as vendor:
        found = Monitor(bank, vendor, "service-v2.yaml").run(1)
    silent = next(row for row in found.metrics if row.name == "silent_change")
    assert silent.value is None and "no run before this one is known to have agreed" in str(silent.reason)
