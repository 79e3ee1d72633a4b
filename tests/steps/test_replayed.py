"""What plan --against predicts from stored evidence is what a run of the new plan over the same data then comes to."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bank import Bank
from modelops_airflow.plan import Plan
from modelops_airflow.plan.replay import FRESH, Replay, replay
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.local import plan_from_files, run_local
from modelops_airflow.steps.replayed import OtherFiles, local_runs, runs_in_register

ROOT = Path(__file__).parents[2]
MODELS = ("pricing-rules", "pricing-dmn")
EDITS = 150


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A project with two models made of rules, small enough to run in milliseconds."""
    (tmp_path / "dags" / "models").mkdir(parents=True)
    shutil.copytree(ROOT / "examples" / "pricing", tmp_path / "examples" / "pricing")
    shutil.copy(ROOT / "dags" / "governance.yaml", tmp_path / "dags")
    for name in MODELS:
        shutil.copy(ROOT / "dags" / "models" / f"{name}.yaml", tmp_path / "dags" / "models")
    return tmp_path


def written(fleet: Path, name: str, steps: dict[str, Any], **columns: Any) -> Plan:
    """The model's release with steps of its own, and its plan."""
    body = yaml.safe_load((ROOT / "dags" / "models" / f"{name}.yaml").read_text(encoding="utf-8"))
    body["lifecycles"] = {"release": {"uses": "standard-release", "remove": ["performance", "approve-validation"], "steps": steps}}
    body["data"]["columns"] |= columns
    path = fleet / "dags" / "models" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(body, sort_keys=False), encoding="utf-8")
    return plan_from_files(Project(fleet), name, "release")[0]


def predicted(fleet: Path, old: Plan, new: Plan, changed: tuple[str, ...] = ()) -> Replay:
    run, artifact = local_runs(fleet / ".modelops", {old.digest})[old.digest]
    files = OtherFiles(Project(fleet), changed)
    return replay(old, new, run, lambda plan, step: files.of(plan, artifact) if step is None else files.named_in(step.options))


def edited(dice: random.Random) -> dict[str, Any]:
    """Steps as somebody might write them: numbers on both sides of what is measured, other options, steps more and less."""
    steps: dict[str, Any] = {}
    if dice.random() < 0.8:
        steps["drift"] = {"require": {"psi": {"fail": dice.choice([">= 0.01", ">= 0.03", ">= 0.2", ">= 0.3"])}}}
        if dice.random() < 0.2:
            steps["drift"]["require"]["js_distance"] = {"fail": ">= 0.3"}
    if dice.random() < 0.1:
        steps.setdefault("drift", {})["with"] = {"method": dice.choice(["psi", "js"])}
    if dice.random() < 0.7:
        steps["bias"] = {"require": {"impact_ratio": {"fail": dice.choice(["< 0.80", "< 0.90", "< 0.99"])}}}
    if dice.random() < 0.2:
        steps.setdefault("bias", {})["require"] = {"tpr": {"fail": "< 0.5"}}
    if dice.random() < 0.15:
        steps["profile"] = {"require": {"rows": {"fail": dice.choice(["< 300", "< 500", "< 700"])}}}
    if dice.random() < 0.4:
        steps["validate-data"] = {"require": {"expectations": {"fail": dice.choice(["< 5", "< 19", "< 20", "< 50"])}}}
    if dice.random() < 0.25:
        steps["drift-again"] = {"uses": "drift", "insert": {"after": "drift"}, "with": {"method": "psi"}, "require": {"psi": {"fail": dice.choice([">= 0.02", ">= 0.3"])}}}
    return steps


def test_a_prediction_is_what_the_run_then_comes_to(fleet: Path) -> None:
    dice, seen = random.Random(6), Counter[str]()
    while seen["edits"] < EDITS:
        name = dice.choice(MODELS)
        try:
            old = written(fleet, name, edited(dice))
            before = run_local(fleet, name)
            new = written(fleet, name, edited(dice))
        except SpecError:
            seen["refused"] += 1
            continue
        seen["edits"] += 1
        if old.digest not in local_runs(fleet / ".modelops", {old.digest}):
            assert before.verdict == "error"  # preparation did not pass, nothing was decided
            seen["undecided"] += 1
            continue
        told, after = predicted(fleet, old, new), run_local(fleet, name)
        assert told.before == before.verdict
        for step in told.steps:
            came_to = after.results.get(step.step)
            if step.after not in (None, FRESH) and came_to is not None and came_to.judgement is not None:
                assert step.after == came_to.judgement.verdict.value, step
        if told.fresh:
            seen["fresh"] += 1
            assert any(step.after == FRESH and step.reasons for step in told.steps)
            assert not told.breaks or after.verdict != "pass"
        else:
            assert told.after == after.verdict, told
            seen[f"{told.before} -> {told.after}"] += 1
    assert seen["pass -> fail"] >= 5 and seen["fail -> pass"] >= 5 and seen["fresh"] >= 5, seen
    assert sum(number for what, number in seen.items() if " -> " in what) >= 50, seen


PSI = {"drift": {"require": {"psi": {"fail": ">= 0.3"}}}}


def test_a_tighter_number_names_the_metric_its_value_and_both_conditions(fleet: Path) -> None:
    old = written(fleet, "pricing-rules", PSI)
    run_local(fleet, "pricing-rules")
    new = written(fleet, "pricing-rules", {"drift": {"require": {"psi": {"warn": ">= 0.01", "fail": ">= 0.03"}}}})

    told = predicted(fleet, old, new)

    assert (told.before, told.after, told.breaks) == ("pass", "fail", True)
    (step,) = told.steps
    assert step.step == "drift" and "fail >= 0.03" in step.reasons[0] and step.reasons[0].endswith("before: warn >= 0.10, fail >= 0.3")
    assert predicted(fleet, old, old) == Replay("pass", "pass", (), "local run")


@pytest.mark.parametrize("what", ["options", "data", "artifact", "file of data", "evidence", "record", "metric", "step"])
def test_what_cannot_be_known_needs_a_fresh_run(fleet: Path, what: str) -> None:
    again = {"uses": "drift", "insert": {"after": "drift"}, "with": {"method": "psi"}}
    old = written(fleet, "pricing-rules", PSI | ({"drift-again": again} if what == "options" else {}))
    run_local(fleet, "pricing-rules")
    steps: dict[str, Any] = {"drift": {"require": {"psi": {"fail": ">= 0.25"}}}}
    columns: dict[str, Any] = {}
    changed: tuple[str, ...] = ()
    if what == "options":
        steps["drift-again"] = again | {"with": {"method": "jensenshannon"}}
    elif what == "data":
        columns = {"protected": ["sex"], "ignore": []}
    elif what == "artifact":
        artifact = fleet / "examples" / "pricing" / "model-1.4.0.yaml"
        artifact.write_text(artifact.read_text(encoding="utf-8") + "# another byte\n", encoding="utf-8")
    elif what == "file of data":
        changed = ("examples/pricing/current.parquet",)
    elif what == "evidence":
        for path in (fleet / ".modelops" / "evidence").rglob("*"):
            if path.is_file():
                path.chmod(0o600)
                path.write_bytes(path.read_bytes() + b" ")
    elif what == "metric":
        steps["drift"]["require"]["wasserstein"] = {"fail": ">= 0.3"}
    elif what == "step":
        steps["drift-again"] = again
    elif what == "record":
        record = next((fleet / ".modelops" / "runs").glob("*/run.json"))
        record.write_text(record.read_text(encoding="utf-8").replace('"verdict": "pass"', '"verdict": "fail"', 1), encoding="utf-8")
    new = written(fleet, "pricing-rules", steps, **columns)

    told = predicted(fleet, old, new, changed)

    assert told.after == FRESH
    assert all(step.reasons for step in told.steps)


def test_the_register_gives_the_last_decided_run_of_a_plan_and_reads_no_other_evidence(bank: Bank) -> None:
    release = bank.release()
    plan = bank.plan()
    assert release
    found = runs_in_register(bank.register, bank.store, {plan.digest, "sha256:" + "0" * 64})
    assert list(found) == [plan.digest]
    run, _artifact = found[plan.digest]
    assert (run.source, run.verdict) == ("register", "pass")
    assert replay(plan, plan, run).after == "pass"
