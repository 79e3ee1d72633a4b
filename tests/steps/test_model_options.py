"""A run's model is asked with the options of its plan, and what it keeps is evidence."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bank import Bank
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.kinds.bundle import members_of
from modelops_airflow.plan.types import Plan, PlannedStep
from modelops_airflow.steps.local import attempt
from modelops_airflow.steps.pin import store_artifact
from modelops_airflow.steps.run import Run, StepStatus
from threshold_kind import threshold

__all__ = ["threshold"]


def plan(bank: Bank) -> Plan:
    whole = bank.plan("1.0.0")
    profile = PlannedStep("profile", "profile", {}, (), ("scan-artifact",), "prepare")
    return replace(whole, model={**whole.model, "kind": "threshold", "with": {"cut": 5, "connection": "vendor"}},
                   data={"current": "data/current.parquet", "columns": {}}, steps=(whole.step("pin"), whole.step("scan-artifact"), profile))


def profiled(bank: Bank, says: str) -> tuple[Run, StepStatus, str]:
    (bank.root / "data").mkdir()
    pq.write_table(pa.table({"amount": [1, 5, 9] * 20}), bank.root / "data/current.parquet")
    planned, key = plan(bank), RunKey("pricing.release", "manual__1")
    path = bank.root / planned.model["artifact"]
    path.write_text("the model\n")
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana")
    run = replace(bank.run(key), connections=lambda name: says)
    for name in ("scan-artifact", "profile"):
        result = attempt(run, run.plan.step(name))
        run.journal.record(run.plan.step(name), result)
    return run, result.status, result.message


@pytest.mark.usefixtures("threshold")
def test_what_a_model_keeps_is_a_product_and_its_digest_is_in_the_evidence(bank: Bank) -> None:
    run, status, _ = profiled(bank, "https://vendor")

    result = run.journal.result("profile")
    assert status is StepStatus.MEASURED and result is not None and result.evidence is not None
    assert bank.store.get(result.products["asked.txt"]) == b"https://vendor"
    assert read_measurement(bank.store, result.evidence).parameters["kept"] == {"asked.txt": result.products["asked.txt"]}


@pytest.mark.usefixtures("threshold")
def test_a_model_that_cannot_answer_now_is_an_error_before_any_row_is_asked(bank: Bank) -> None:
    _, status, message = profiled(bank, "sleep")

    assert status is StepStatus.ERROR
    assert "cannot be asked now: its service sleeps" in message


def test_a_folder_is_pinned_as_one_archive(bank: Bank) -> None:
    folder = bank.root / "models" / "bundle"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    planned = bank.plan("1.0.0")

    stored = store_artifact(replace(planned, model={**planned.model, "artifact": "models/bundle"}), bank.project, ("models",), bank.store)

    assert stored.name == "bundle.zip"
    assert members_of(bank.store.get(stored.digest)) == {"a.txt": b"a"}
