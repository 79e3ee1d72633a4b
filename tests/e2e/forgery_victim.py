"""A release under attack: what is on record of it, what of it is served, and what people do about a forgery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow_client import Person, until
from airflow_world import World
from sqlalchemy import select, text

from guards import guards_down
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.governance.promote import promote
from modelops_airflow.governance.start import RunKey
from modelops_airflow.inventory.tables import DecisionRow, DeploymentRow, GateRow, RunRow
from modelops_airflow.ledger import EventRow, verify
from modelops_airflow.targets import strengths

MODEL, DAG = "income-screen", "income-screen.release"


@dataclass
class Victim:
    """A release that waits at its first gate."""

    world: World
    run: str
    subject: str
    artifact: str
    gate: int

    def events(self, kind: str, outcome: str) -> list[dict[str, Any]]:
        """The ledger's events of a kind, in order."""
        with self.world.register.read() as session:
            return [json.loads(body) for body in session.scalars(
                select(EventRow.body).where(EventRow.kind == kind, EventRow.outcome == outcome).order_by(EventRow.index))]

    def assert_nothing_is_live(self) -> None:
        """Neither in the register nor where the model is served."""
        with self.world.register.read() as session:
            assert not session.scalars(select(DeploymentRow).where(DeploymentRow.model_id == MODEL, DeploymentRow.state == "live")).all()
            assert verify(session) == []
        assert not (self.world.root / "live" / "live" / f"{MODEL}.json").exists()

    def deploy_again(self, editor: Person, *ends: str) -> str:
        """Clear the deploy task and wait for what it comes to; answers the end of its log."""
        until("the run has ended", lambda: editor.run_state(DAG, self.run) in ("failed", "success"), 90)
        before = self.tries(editor)
        clear = {"dry_run": False, "dag_run_id": self.run, "task_ids": ["deploy"], "only_failed": False, "reset_dag_runs": True}
        assert editor.airflow("POST", f"/dags/{DAG}/clearTaskInstances", clear).status_code == 200
        until("deploy has run again", lambda: self.tries(editor) > before and editor.tasks(DAG, self.run)["deploy"] in (ends or ("failed",)), 120)
        return self.log(editor)

    def tries(self, editor: Person) -> int:
        """How often deploy was started."""
        return int(editor.airflow("GET", f"/dags/{DAG}/dagRuns/{self.run}/taskInstances/deploy").json()["try_number"])

    def log(self, editor: Person) -> str:
        """What the deploy task wrote in its last try."""
        path = f"/dags/{DAG}/dagRuns/{self.run}/taskInstances/deploy/logs/{self.tries(editor)}"
        return editor.airflow("GET", path).text


def doctor(world: World) -> list[dict[str, Any]]:
    """What `modelops doctor` finds."""
    done = subprocess.run([Path(sys.executable).with_name("modelops"), "doctor", "--json"], env=world.airflow.environment,
                          cwd=world.root, capture_output=True, text=True, check=False)
    return list(json.loads(done.stdout))


def level(world: World) -> str:
    """The assurance level's line."""
    return next(one["message"] for one in doctor(world) if one["what"] == "assurance level")


def advice(world: World) -> str:
    """What the level lacks."""
    return next(one["next_step"] for one in doctor(world) if one["what"] == "assurance level")


def remove_decisions(victim: Victim) -> None:
    """Take the forged rows away again; the database keeps decisions, so its guards come down for it."""
    with victim.world.register.engine.execution_options(modelops_write=True).begin() as connection, guards_down(connection):
        connection.execute(text("DELETE FROM modelops_decision WHERE subject = :subject"), {"subject": victim.subject})


def taken_back(victim: Victim, name: str) -> None:
    """The real person finds a decision of theirs that they never made, and takes it back."""
    with victim.world.register.read() as session:
        row = session.scalars(select(DecisionRow.id).where(
            DecisionRow.subject == victim.subject, DecisionRow.person == name, DecisionRow.withdrawn_at.is_(None))).one()
    answer = victim.world.person(name).modelops("POST", f"/decisions/{row}/withdrawal", {"comment": "that was not me"})
    assert answer.status_code == 201, answer.text


def released_edited(victim: Victim, editor: Person) -> int:
    """A second release, of an edited file; answers its first gate."""
    file = victim.world.root / "dags" / "models" / f"{MODEL}.yaml"
    before = file.read_text()
    file.write_text(before.replace("Guesses whether", "Guesses, with other words, whether"))
    assert file.read_text() != before
    try:
        run = editor.start(DAG)
        until("the other gate is open", lambda: editor.tasks(DAG, run).get("approve-validation") == "deferred", 150)
    finally:
        file.write_text(before)
    with victim.world.register.read() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == run)).one()
        return session.scalars(select(GateRow.id).where(GateRow.run == row.id)).one()


def refused_for(victim: Victim, gate: int, reason: str) -> bool:
    """Whether a promotion of the gate's run is refused, and among the reasons is this one."""
    with victim.world.register.read() as session:
        run = session.get_one(RunRow, session.get_one(GateRow, gate).run)
    with pytest.raises(PromotionRefused) as refused:
        promote(victim.world.register, RunKey(run.dag_id, run.run_id), strengths=strengths())
    return reason in str(refused.value)


def open_gate_of(victim: Victim, step: str) -> int | None:
    """The open gate of the victim's run."""
    with victim.world.register.read() as session:
        run = session.scalars(select(RunRow).where(RunRow.run_id == victim.run)).one()
        return session.scalars(select(GateRow.id).where(GateRow.run == run.id, GateRow.step == step, GateRow.state == "open")).first()


def swap(path: Path, data: bytes) -> None:
    """Write other bytes, where only reading is allowed."""
    os.chmod(path, 0o644)
    path.write_bytes(data)


