"""A model in use before it came here is watched by what it answered: nothing of it is stored, scanned or opened."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bank import GOVERNANCE, Bank
from legacy_world import DIGEST, accept, declare, put, text
from modelops_airflow.digest import Digest
from modelops_airflow.errors import Refused
from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.start import Pinned, RunKey, pin_in_use
from modelops_airflow.inventory.tables import RunRow, VersionRow
from modelops_airflow.plan import Plan, make_plan
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance, parse_model
from modelops_airflow.steps import profile as profile_step
from modelops_airflow.steps.catalogue import step_function
from modelops_airflow.steps.local import run_local
from modelops_airflow.steps.register_journal import RegisterJournal
from modelops_airflow.steps.run import Run, StepStatus

LOGGED = """\
data:
  current: logs/now.csv
  baseline: logs/then.csv
  columns: {target: outcome, prediction: said, score: chance, favourable: 0}
lifecycles:
  monitor: {uses: logged-monitor}
"""
KEY = RunKey("pricing.monitor", "scheduled__1")


def logs(root: Path, *, shift: float = 0.0) -> None:
    """Two stretches of logged answers, the second drawn with a shift."""
    (root / "logs").mkdir(exist_ok=True)
    for name, moved in (("then", 0.0), ("now", shift)):
        dice, rows = random.Random(name), ["amount,outcome,said,chance"]
        for _ in range(400):
            amount = dice.gauss(5 + moved, 1)
            chance = 1 / (1 + math.exp(-3 * (amount - 5)))
            rows.append(f"{amount:.3f},{int(dice.random() < chance)},{int(chance > 0.5)},{chance:.3f}")
        (root / f"logs/{name}.csv").write_text("\n".join(rows) + "\n")


def plan(body: str = text(more=LOGGED), lifecycle: str = "monitor") -> Plan:
    return make_plan(parse_model(body, "pricing.yaml"), parse_governance(json.dumps(GOVERNANCE), "governance.yaml").spec, lifecycle)


def pinned(bank: Bank, body: str = text(more=LOGGED)) -> Pinned | None:
    declare(bank, body)
    return pin_in_use(bank.register, KEY, plan(body).to_json(), "schedule")


def run_of(bank: Bank) -> Run:
    with bank.register.read() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == KEY.run_id)).one()
        found = Plan.from_json(fetch(session, row.plan))
    return Run(found, Digest(row.artifact), "pricing-7.yaml", bank.project, ("models",), bank.store, RegisterJournal(bank.register, KEY))


def walked(bank: Bank) -> dict[str, Any]:
    """Every step of the run as a task does it."""
    run, results = run_of(bank), {}
    for step in run.plan.steps:
        if step.uses != "pin":
            results[step.id] = step_function(step.uses)(run, step)
            run.journal.record(step, results[step.id])
    return results


def test_the_logged_answers_are_judged_and_nothing_is_opened(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_run: Run) -> None:
        raise AssertionError("the artifact was opened")

    monkeypatch.setattr(profile_step, "opened", never)
    logs(bank.root)
    found = pinned(bank)
    assert found is not None and (found.version, found.artifact) == ("7", DIGEST)
    results = walked(bank)
    assert [results[step].judgement.verdict.value for step in ("profile", "performance", "drift", "decide")] == ["pass"] * 4
    assert results["profile"].message == "the answers are those that were logged; no artifact was opened"
    assert bank.findings() == []
    assert not any(DIGEST.removeprefix("sha256:") in str(path) for path in (bank.root / "evidence").rglob("*"))


def test_a_drift_of_the_logs_is_a_finding_of_the_legacy_model(bank: Bank) -> None:
    logs(bank.root, shift=3.0)
    assert pinned(bank) is not None
    assert walked(bank)["decide"].judgement.verdict.value == "fail"
    assert bank.findings() == ["requirement-not-met-monitor"]


def test_the_version_that_is_watched_is_registered_and_in_no_state_that_permits_anything(bank: Bank) -> None:
    logs(bank.root)
    pinned(bank)
    walked(bank)
    with bank.register.read() as session:
        row = session.scalars(select(VersionRow)).one()
    assert (row.version, row.artifact, row.state) == ("7", DIGEST, "registered")
    assert "nobody here has its bytes" in row.reason
    assert bank.deployments() == []


def test_a_plan_that_would_open_the_artifact_does_nothing_and_neither_does_one_of_unknown_bytes(bank: Bank) -> None:
    declare(bank)
    assert pin_in_use(bank.register, KEY, bank.monitor(), "schedule") is None
    assert pinned(bank, text(more=LOGGED, digest=None)) is None
    assert pinned(bank, text(more=LOGGED, legacy=False)) is None


def test_a_released_version_takes_the_place_of_the_declared_one(bank: Bank) -> None:
    put(bank.root)
    declare(bank)
    accept(bank)
    release = bank.live("8")
    found = pin_in_use(bank.register, KEY, plan().to_json(), "schedule")
    assert found is not None and (found.version, found.artifact) == ("8", release.artifact)


def test_other_bytes_under_the_declared_number_are_refused(bank: Bank) -> None:
    pinned(bank)
    with pytest.raises(Refused, match="is bound to the artifact"):
        bank.pin("7")


def test_a_logged_life_cycle_needs_a_column_of_answers() -> None:
    with pytest.raises(SpecError, match="names no column of answers"):
        plan(text(more=LOGGED.replace("prediction: said, score: chance, ", "")))


def test_no_file_makes_a_release_of_it() -> None:
    body = LOGGED + "  release: {uses: logged-monitor, steps: {go: {uses: deploy, insert: {after: decide}, with: {to: production}}}}\n"
    with pytest.raises(SpecError, match="cannot deploy"):
        plan(text(more=body), "release")


def test_rows_without_an_answer_are_an_error_and_no_pass(bank: Bank) -> None:
    logs(bank.root)
    now = bank.root / "logs/now.csv"
    now.write_text(now.read_text().replace(",said", ",unsaid"))
    pinned(bank)
    with pytest.raises(Exception, match="said"):
        walked(bank)


def test_a_local_run_needs_no_artifact_either(tmp_path: Path) -> None:
    (tmp_path / "dags/models").mkdir(parents=True)
    (tmp_path / "dags/governance.yaml").write_text(json.dumps(GOVERNANCE))
    (tmp_path / "dags/models/pricing.yaml").write_text(text(more=LOGGED))
    logs(tmp_path)
    run = run_local(tmp_path, "pricing", lifecycle="monitor", folder=tmp_path / "state")
    assert (run.verdict, run.results["profile"].status) == ("pass", StepStatus.MEASURED)
    assert run_local(tmp_path, "pricing", lifecycle="monitor", folder=tmp_path / "state").evidence == run.evidence
