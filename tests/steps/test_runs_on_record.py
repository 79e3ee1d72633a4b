"""Runs of the register, compared as those of a folder are, through the command that people use."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.digest import Digest
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.difference import UNEXPLAINED, UNKNOWN, difference
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.ledger import EventRow
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.basis import read_basis
from modelops_airflow.steps.local import attempt, plan_from_files
from modelops_airflow.steps.pin import store_artifact
from modelops_airflow.steps.recorded import of_register
from modelops_airflow.steps.register_journal import RegisterJournal
from modelops_airflow.steps.run import Run

PROJECT = Path(__file__).parents[2]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def modelops(bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `modelops` on the bank's register."""
    from modelops_airflow.cli import main

    for name, value in {"ROOT": str(bank.root), "DATABASE_URL": bank.url, "EVIDENCE": bank.store.url}.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", value)
    (bank.root / "dags").mkdir(exist_ok=True)
    monkeypatch.chdir(bank.root)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


def measured(bank: Bank, run: str, ratio: float = 0.92, **pinned: Any) -> RunKey:
    key = bank.pin(run=run, **pinned)
    bank.measure(key, ratio)
    bank.decide(key)
    return key


def test_two_runs_of_the_register_are_compared(bank: Bank, modelops: Call) -> None:
    for name, ratio in (("monday", 0.92), ("tuesday", 0.92), ("wednesday", 0.7)):
        measured(bank, name, ratio)

    code, out, _ = modelops("diff", "pricing.release/monday", "pricing.release/tuesday")
    assert (code, "equal: all 2 steps have the same evidence digests and verdicts" in out) == (0, True)
    code, out, _ = modelops("diff", "pricing", "--json")
    told = json.loads(out)
    assert (code, told["runs"]) == (1, ["pricing.release/tuesday", "pricing.release/wednesday"])
    (bias,) = (step for step in told["steps"] if not step["equal"])
    assert (bias["step"], bias["verdicts"], bias["unexplained"]) == ("bias", ["pass", "fail"], UNEXPLAINED)
    code, out, _ = modelops("diff", "pricing")
    assert "impact_ratio[sex=female] 0.92 → 0.7: pass → fail" in out
    assert "1 of 2 steps differ; cause: none that is on record; 1 without a cause" in out


def test_another_artifact_is_named(bank: Bank) -> None:
    runs = [measured(bank, "one"), measured(bank, "two", version="1.0.1")]
    first, second = (of_register(bank.register, bank.store, key).told for key in runs)
    found = difference(first, second)
    assert [(cause.kind, cause.what) for cause in found.causes if cause.steps] == [("model", "artifact")]
    assert [cause.what for cause in found.causes if not cause.steps] == ["model.artifact", "model.version"]


def test_what_measured_is_on_record_and_in_the_ledger_and_in_no_statement(bank: Bank) -> None:
    key = measured(bank, "one")
    result = bank.run(key).journal.result("bias")
    assert result is not None and result.basis is not None and "basis" not in result.products
    basis = read_basis(bank.store, result.basis)
    assert basis is not None and basis["environment"]["libraries"]["numpy"] and basis["code"]["digest"].startswith("sha256:")
    assert result.basis.encode() not in bank.store.get(str(result.evidence))
    with bank.register.read() as session:
        events = [json.loads(row.body) for row in session.scalars(select(EventRow).where(EventRow.kind == "recorded"))]
    assert result.basis in json.dumps(events)


def test_of_a_run_that_recorded_none_nothing_is_guessed(bank: Bank) -> None:
    keys = [measured(bank, "one"), measured(bank, "two", 0.93)]
    run = bank.run(keys[0])
    for name in ("scan-artifact", "bias"):
        result = run.journal.result(name)
        assert result is not None
        run.journal.record(run.plan.step(name), replace(result, basis=None))
    first, second = (of_register(bank.register, bank.store, key).told for key in keys)
    found = difference(first, second)
    assert [step.unexplained for step in found.steps] == [UNKNOWN, ""]
    assert found.notes == ("pricing.release/one: environment and code of scan-artifact, bias were not recorded",)


def test_evidence_that_is_gone_is_an_error_and_not_a_difference(bank: Bank, modelops: Call) -> None:
    keys = [measured(bank, "one"), measured(bank, "two", 0.93)]
    bank.lose_evidence(keys[1])
    with pytest.raises(EvidenceError, match="is not in the store"):
        of_register(bank.register, bank.store, keys[1])
    assert modelops("diff", "pricing.release/one", "pricing.release/two")[0] == 2


@pytest.mark.parametrize(("name", "told"), [
    ("pricing.release/three", "the register has no run 'three' of 'pricing.release'"), ("three", "there is no run 'three'"), ("/etc/passwd", "there is no run"),
])
def test_a_run_that_is_not_there_is_told(name: str, told: str, bank: Bank, modelops: Call) -> None:
    measured(bank, "one")
    code, _, err = modelops("diff", "pricing.release/one", name)
    assert (code, told in err) == (2, True), err


def test_a_model_with_one_run_has_none_to_compare(bank: Bank, modelops: Call) -> None:
    measured(bank, "one")
    code, _, err = modelops("diff", "pricing")
    assert (code, "no two runs of one life cycle" in err) == (2, True)


def test_a_governed_run_is_repeated_on_a_laptop_with_the_same_digests(bank: Bank, modelops: Call) -> None:
    """As Airflow runs it, of a model with data; then the artifact and the file change, and its own bytes and plan are taken."""
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, bank.root / name, dirs_exist_ok=True)
    project = Project(bank.root)
    plan, roots = plan_from_files(project, "pricing-rules", "release")
    artifact = store_artifact(plan, project, roots, bank.store)
    key = RunKey("pricing-rules.release", "manual__2026-11-26T10:00:00+00:00")
    pin(bank.register, key, plan.to_json(), artifact.digest, artifact.name, "dana")
    run = Run(plan, Digest(artifact.digest), artifact.name, project, roots, bank.store, RegisterJournal(bank.register, key))
    for step in plan.steps:
        if step.phase in ("prepare", "check", "decide") and step.uses != "pin":
            run.journal.record(step, attempt(run, step))
    (bank.root / "examples/pricing/model-1.4.0.yaml").unlink()
    name = f"{key.dag_id}/{key.run_id}"

    code, out, err = modelops("run", "pricing-rules", "--as-of", name, "--json")
    told = json.loads(out)
    assert (code, told["difference"]["equal"], told["difference"]["causes"], told["as_of"]) == (0, True, [], name), err
    code, out, _ = modelops("diff", name, told["folder"])
    assert (code, "equal: all 5 steps" in out) == (0, True)

    (bank.root / "examples/pricing/current.parquet").unlink()
    code, _, err = modelops("run", "pricing-rules", "--as-of", name)
    assert (code, "current is not there any more" in err) == (2, True)
    assert "is a run of pricing-rules, not of credit-risk" in modelops("run", "credit-risk", "--as-of", name)[2]
    assert "has its own life cycle" in modelops("run", "pricing-rules", "--as-of", name, "--lifecycle", "monitor")[2]
    assert "--fresh belongs to --as-of" in modelops("run", "pricing-rules", "--fresh")[2]


