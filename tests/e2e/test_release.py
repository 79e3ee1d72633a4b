"""A model's whole way to production, by real people on a real Airflow."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from airflow_client import Person, until
from airflow_world import World
from sqlalchemy import select

from modelops_airflow.inventory.tables import ResultRow, RunRow
from modelops_airflow.steps.local import run_local

DAG = "credit-risk.release"


@pytest.fixture(scope="module")
def release(world: World) -> dict[str, Any]:
    """A release of credit-risk, started over REST by its owner, waiting at its first gate."""
    owner = world.person("credit-owner")
    until("the DAG is there", lambda: owner.airflow("GET", f"/dags/{DAG}").status_code == 200)
    run = owner.start(DAG)
    gate = until("the first gate is open", lambda: world.person("validator-1").gate("credit-risk", "approve-validation"), 150)
    return {"run": run, "gate": gate}


def refusal(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text


def test_the_gate_waits_without_a_worker_slot(world: World, release: dict[str, Any]) -> None:
    state = until("the gate's task is parked", lambda: world.person("operator").tasks(DAG, release["run"])["approve-validation"])
    until("deferred", lambda: world.person("operator").tasks(DAG, release["run"])["approve-validation"] == "deferred", 30)
    assert state in ("running", "deferred", "queued", "scheduled")


def test_a_local_run_gives_the_same_evidence_digests(world: World, release: dict[str, Any], tmp_path: Path) -> None:
    with world.register.read() as session:
        run = session.scalars(select(RunRow).where(RunRow.run_id == release["run"])).one()
        results = session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current)).all()
        in_airflow = {row.step: row.evidence for row in results if row.evidence}
        subject = run.subject
    local = run_local(world.root, "credit-risk", folder=tmp_path)
    assert len(in_airflow) == 6
    assert local.evidence == in_airflow
    assert json.loads((local.folder / "run.json").read_text())["decision"]["subject"] == subject


def test_an_author_is_refused(world: World, release: dict[str, Any]) -> None:
    refusal(world.person("credit-dev").decide(release["gate"], "approve"), 403, "author")
    refusal(world.person("credit-owner").decide(release["gate"], "approve"), 403, "author")


def test_nobody_is_refused_without_a_login(world: World, release: dict[str, Any]) -> None:
    assert world.anonymous.decide(release["gate"], "approve").status_code == 401
    assert world.anonymous.modelops("GET", "/models").status_code == 401


def test_a_person_without_the_role_is_refused(world: World, release: dict[str, Any]) -> None:
    refusal(world.person("legal-1").decide(release["gate"], "approve"), 403, "role")
    refusal(world.person("stranger").decide(release["gate"], "approve"), 403, "unknown-person")
    refusal(world.person("admin").decide(release["gate"], "approve"), 403, "unknown-person")


def test_a_stale_digest_is_refused(world: World, release: dict[str, Any]) -> None:
    refusal(world.person("validator-1").decide(release["gate"], "approve", subject="sha256:" + "0" * 64), 409, "stale")


def test_two_people_approve_and_the_model_goes_live(world: World, release: dict[str, Any]) -> None:
    validator, risk = world.person("validator-1"), world.person("risk-1")
    until("parked", lambda: risk.tasks(DAG, release["run"])["approve-validation"] == "deferred", 30)
    assert validator.decide(release["gate"], "approve", "looked at the evidence").status_code == 201
    second = until("the second gate", lambda: risk.gate("credit-risk", "approve-risk"))
    refusal(validator.decide(second, "approve"), 409, "decided")
    assert risk.decide(second, "approve").status_code == 201
    until("deployed", lambda: risk.tasks(DAG, release["run"])["deploy"] == "success", 120)
    deployed = time.monotonic()
    row = until("live in the inventory", lambda: _live(world.person("auditor-1")), 5)
    assert time.monotonic() - deployed < 5
    assert (row["state"], row["environment"]) == ("in_use", "production")
    pointer = json.loads((world.root / "live" / "live" / "credit-risk.json").read_bytes())
    assert pointer["subject"] == second["subject"]
    page = world.person("auditor-1").modelops("GET", "/models/credit-risk").json()
    assert pointer["artifact"] in json.dumps(page)
    until("packed", lambda: risk.tasks(DAG, release["run"])["evidence-pack"] == "success", 60)


def _live(person: Person) -> dict[str, Any] | None:
    items = person.modelops("GET", "/models?q=credit-risk").json()["items"]
    return next((dict(one) for one in items if one["id"] == "credit-risk" and one["state"] == "in_use"), None)
