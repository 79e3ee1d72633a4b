"""Ten forgeries on a running Airflow whose tasks, register and API server share one user and one SQLite (level L0).

Nine kinds are marking success, clearing, XCom, subclassed operators, a minted token, rows written by a task into the
database, a replayed approval, edited YAML and a swapped artifact; the tenth is our own voting code, called by a task.
Here a task's login may write every table. A worker role that may not is attacked in `tests/inventory/test_roles.py`,
on Postgres and without Airflow.

The API server alone is told of the key that signs approvals, its public half is pinned. What a task
can do all the same is recorded, and `modelops doctor` says beforehand that it can be done. The facts
stand in order: each goes on with the release that the one before left. Each writes its outcome to
`forgeries.json` in Airflow's home.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow_client import Person, until
from airflow_world import World
from forgery_victim import (
    DAG,
    MODEL,
    Victim,
    advice,
    level,
    open_gate_of,
    refused_for,
    released_edited,
    remove_decisions,
    swap,
    taken_back,
)
from sqlalchemy import select, text

from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.obstacles import obstacles
from modelops_airflow.inventory.tables import DecisionRow, GateRow, RunRow
from modelops_airflow.signing.ed25519 import load_public

GATES = ("approve-validation", "approve-risk")


@pytest.fixture(scope="module")
def outcomes(world: World) -> Iterator[dict[str, str]]:
    """What each forgery came to; written down for the report."""
    told: dict[str, str] = {}
    yield told
    (world.airflow.home / "forgeries.json").write_text(json.dumps(told, indent=1))
    print(json.dumps({"forgeries": told}))


@pytest.fixture(scope="module")
def editor(world: World) -> Person:
    """Who develops the model, and may edit DAGs."""
    return world.person("credit-dev")


@pytest.fixture(scope="module")
def victim(world: World, editor: Person) -> Iterator[Victim]:
    """A release parked at its first gate, and the attackers' DAGs beside it."""
    attacks = world.root / "dags" / "attack_dags.py"
    shutil.copy(Path(__file__).parent / "attack_dags.py", attacks)
    model = world.root / "dags" / "models" / f"{MODEL}.yaml"
    before = model.read_text()
    until("the DAG is there", lambda: editor.airflow("GET", f"/dags/{DAG}").status_code == 200)
    run = editor.start(DAG)
    until("the gate is parked", lambda: editor.tasks(DAG, run).get("approve-validation") == "deferred", 150)
    with world.register.read() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == run)).one()
        gate = session.scalars(select(GateRow).where(GateRow.run == row.id)).one()
        found = Victim(world, run, str(row.subject), row.artifact, gate.id)
    for name in ("subclass", "token", "rows", "votes"):
        until(f"attack.{name} is there", lambda name=name: editor.airflow("GET", f"/dags/attack.{name}").status_code == 200, 90)
    yield found
    attacks.unlink()
    model.write_text(before)


@pytest.fixture
def attack(editor: Person, victim: Victim) -> Callable[..., dict[str, str | None]]:
    """Run an attacker's DAG to its end; answers the states of its tasks."""

    def run(name: str, **conf: Any) -> dict[str, str | None]:
        body = {"logical_date": None, "conf": {"dag_id": DAG, "run_id": victim.run, **conf}}
        answer = editor.airflow("POST", f"/dags/attack.{name}/dagRuns", body)
        assert answer.status_code == 200, answer.text
        started = answer.json()["dag_run_id"]
        until("the attack has ended", lambda: editor.run_state(f"attack.{name}", started) in ("success", "failed"), 90)
        return editor.tasks(f"attack.{name}", started)

    return run


def test_gates_that_are_marked_as_success_deploy_nothing(victim: Victim, editor: Person, outcomes: dict[str, str]) -> None:
    for gate in reversed(GATES):  # the later one first: once the other is marked it would open, and wait
        path = f"/dags/{DAG}/dagRuns/{victim.run}/taskInstances/{gate}"
        assert editor.airflow("PATCH", path, {"new_state": "success"}).status_code == 200
    until("deploy ran and failed", lambda: editor.tasks(DAG, victim.run)["deploy"] == "failed", 120)
    assert "gate approve-risk was never opened" in victim.log(editor)
    assert len(victim.events("promotion", "denied")) == 1
    victim.assert_nothing_is_live()
    outcomes["mark success"] = "blocked: the promotion is refused, and recorded"


def test_a_cleared_deploy_asks_the_register_again(victim: Victim, editor: Person, outcomes: dict[str, str]) -> None:
    assert "gate approve-validation is open (needs 1 more validator)" in victim.deploy_again(editor)
    assert len(victim.events("promotion", "denied")) == 2
    victim.assert_nothing_is_live()
    outcomes["clear"] = "blocked: the promotion is refused again, and recorded"


def test_a_forged_xcom_approves_nothing(victim: Victim, editor: Person, outcomes: dict[str, str]) -> None:
    for task in ("decide", *GATES):
        path = f"/dags/{DAG}/dagRuns/{victim.run}/taskInstances/{task}/xcomEntries"
        forged = {"key": "return_value", "value": "gate is approved"}
        answer = editor.airflow("POST", path, forged)
        if answer.status_code == 409:
            answer = editor.airflow("PATCH", f"{path}/return_value", {"value": forged["value"]})
        assert answer.status_code in (200, 201), answer.text
    assert "gate approve-validation is open" in victim.deploy_again(editor)
    assert len(victim.events("promotion", "denied")) == 3
    victim.assert_nothing_is_live()
    outcomes["XCom"] = "blocked: no step reads one; the promotion is refused, and recorded"


def test_subclassed_operators_of_a_foreign_dag_deploy_nothing(
    victim: Victim, attack: Callable[..., dict[str, str | None]], outcomes: dict[str, str]
) -> None:
    assert attack("subclass") == {"approve-validation": "success", "approve-risk": "success", "deploy": "failed", "impostor": "failed"}
    assert len(victim.events("promotion", "denied")) == 4
    victim.assert_nothing_is_live()
    outcomes["subclassed operators"] = "blocked: what they say is not asked; the promotion is refused, and recorded"


def test_approvals_written_as_rows_are_not_in_the_ledger(
    victim: Victim, editor: Person, attack: Callable[..., dict[str, str | None]], outcomes: dict[str, str]
) -> None:
    rows = [
        {"gate": victim.gate, "step": "approve-validation", "subject": victim.subject, "person": "validator-1",
         "role": "validator", "meaning": "validate", "auth": "simple:validator-1"},
        {"gate": victim.gate, "step": "approve-risk", "subject": victim.subject, "person": "risk-1",
         "role": "risk", "meaning": "approve", "auth": "simple:risk-1"},
    ]
    assert attack("rows", approvals=rows) == {"insert_approvals": "success"}
    told = victim.deploy_again(editor)
    for person in ("risk-1", "validator-1"):
        assert f"decisions of {person} are not as the ledger has them" in told
    assert len(victim.events("promotion", "denied")) == 5
    victim.assert_nothing_is_live()
    remove_decisions(victim)
    outcomes["direct database write"] = "blocked: the rows are not in the ledger; the promotion is refused, and recorded"


def test_a_minted_token_acts_as_its_user_and_doctor_says_so(
    victim: Victim, editor: Person, attack: Callable[..., dict[str, str | None]], outcomes: dict[str, str]
) -> None:
    until("the run has ended", lambda: editor.run_state(DAG, victim.run) == "failed", 90)
    forged = {"gate": victim.gate, "subject": victim.subject}
    assert attack("token", **forged, **{"as": "credit-dev"}) == {"approve_as_another_user": "success"}
    assert victim.events("decision", "denied")[-1]["facts"]["code"] == "author", "no token makes an author an approver"
    assert attack("token", **forged, **{"as": "validator-1"}) == {"approve_as_another_user": "success"}
    made = victim.events("decision", "done")[-1]["facts"]
    assert (made["auth"], made["step"], made["subject"]) == ("simple:validator-1", "approve-validation", victim.subject)
    assert level(victim.world).startswith("L0")
    assert "any code that runs in a task" in level(victim.world)
    assert "tasks can read the secret that signs Airflow's tokens" in advice(victim.world)
    taken_back(victim, "validator-1")
    outcomes["minted token"] = "not blocked at L0: recorded under the name that was taken; doctor names it"


def test_an_old_approval_sent_again_approves_nothing(victim: Victim, editor: Person, outcomes: dict[str, str]) -> None:
    validator = victim.world.person("validator-1")
    request = {"decision": "approve", "comment": "I read it.", "subject": victim.subject}
    path = f"/approvals/{victim.gate}/decisions"
    assert validator.modelops("POST", path, request).status_code == 201
    again = validator.modelops("POST", path, request)
    assert (again.status_code, again.json()["error"]["code"]) in ((409, "decided"), (409, "closed"))
    # A second release of the same version with another plan is another subject; the old request is stale there.
    other = released_edited(victim, editor)
    answer = validator.modelops("POST", f"/approvals/{other}/decisions", request)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale"), answer.text
    assert victim.events("decision", "denied")[-1]["facts"]["code"] == "stale"
    # The row, copied onto the new subject by whoever can write the database, is not in the ledger.
    with victim.world.register.engine.execution_options(modelops_write=True).begin() as connection:
        connection.execute(text(
            "INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth) "
            "SELECT g.id, d.step, g.subject, d.person, d.role, d.decision, d.meaning, d.comment, d.auth "
            "FROM modelops_decision d, modelops_gate g WHERE g.id = :gate AND d.subject = :old AND d.withdrawn_at IS NULL"),
            {"gate": other, "old": victim.subject})
    assert refused_for(victim, other, "decisions of validator-1 are not as the ledger has them")
    outcomes["replayed approval"] = "blocked: 409 and recorded; a copied row is not in the ledger"


def test_yaml_that_is_edited_after_an_approval_changes_nothing_for_the_run(
    victim: Victim, editor: Person, outcomes: dict[str, str]
) -> None:
    """The file stays edited: what goes live in the next fact is what was approved, not what it says now."""
    file = victim.world.root / "dags" / "models" / f"{MODEL}.yaml"
    file.write_text(file.read_text().replace("Guesses whether", "Grants a loan without asking whether"))
    assert "Grants a loan" in file.read_text()
    run = editor.start(DAG)
    until("the edited file's own gate is open", lambda: editor.tasks(DAG, run).get("approve-validation") == "deferred", 150)
    with victim.world.register.read() as session:
        before = session.scalars(select(RunRow).where(RunRow.run_id == victim.run)).one()
        edited = session.scalars(select(RunRow).where(RunRow.run_id == run)).one()
        assert before.subject == victim.subject
        assert "Guesses whether" in fetch(session, before.plan)["model"]["purpose"]
        assert edited.subject != victim.subject, "what is edited is another subject"
        assert not session.scalars(select(DecisionRow).where(DecisionRow.subject == edited.subject)).all()
        gate = session.scalars(select(GateRow.id).where(GateRow.run == edited.id)).one()
    assert refused_for(victim, gate, "gate approve-validation is open (needs 1 more validator)")
    victim.assert_nothing_is_live()
    outcomes["edited YAML"] = "blocked: the run keeps what was approved, the edit is another subject without approvals"


def test_an_artifact_that_is_swapped_after_the_approvals_is_not_published(
    victim: Victim, editor: Person, outcomes: dict[str, str]
) -> None:
    store = Path(victim.world.airflow.environment["AIRFLOW__MODELOPS__EVIDENCE"])
    digest = victim.artifact.removeprefix("sha256:")
    blob, source = store / digest[:2] / digest, victim.world.root / "examples" / "income" / "model-2.0.0.onnx"
    good = blob.read_bytes()
    swap(blob, b"another model")
    swap(source, b"another model")
    clear = {"dry_run": False, "dag_run_id": victim.run, "task_ids": list(GATES), "only_failed": False, "reset_dag_runs": True}
    assert editor.airflow("POST", f"/dags/{DAG}/clearTaskInstances", clear).status_code == 200
    gate = until("the second gate is open", lambda: open_gate_of(victim, "approve-risk"), 120)
    answer = victim.world.person("risk-1").modelops(
        "POST", f"/approvals/{gate}/decisions", {"decision": "approve", "comment": "", "subject": victim.subject})
    assert answer.status_code == 201, answer.text
    victim.deploy_again(editor, "failed", "up_for_retry")
    until("the failure is on record", lambda: victim.events("publication-failed", "done"), 30)
    victim.assert_nothing_is_live()
    swap(blob, good)
    # Over the bytes that people approved, the same run goes live: nothing else stood against it.
    until("the next try has deployed", lambda: editor.tasks(DAG, victim.run)["deploy"] in ("success", "failed"), 150)
    if editor.tasks(DAG, victim.run)["deploy"] == "failed":
        victim.deploy_again(editor, "success")
    pointer = json.loads((victim.world.root / "live" / "live" / f"{MODEL}.json").read_bytes())
    assert (pointer["artifact"], pointer["subject"]) == (victim.artifact, victim.subject)
    outcomes["swapped artifact"] = "blocked: the bytes are hashed as they are read; nothing is published"


def test_an_approval_that_a_task_makes_as_the_server_would_lacks_the_servers_signature(
    victim: Victim, editor: Person, attack: Callable[..., dict[str, str | None]], outcomes: dict[str, str]
) -> None:
    """The strongest forgery: our own code, called by a task, writes row and event. Without the pinned key it would go live."""
    run = editor.start("pricing-rules.release")
    gate = until("the gate is open", lambda: victim.world.person("risk-2").gate("pricing-rules", "approve-risk"), 150)
    forged = {"gate": gate["id"], "person": "risk-2", "subject": gate["subject"]}
    assert attack("votes", approvals=[forged]) == {"vote_for_others": "success"}
    until("deploy ran and failed", lambda: editor.tasks("pricing-rules.release", run)["deploy"] == "failed", 120)
    assert not (victim.world.root / "live" / "live" / "pricing-rules.json").exists()
    with victim.world.register.read() as session:
        row = session.scalars(select(RunRow).where(RunRow.run_id == run)).one()
        plan = fetch(session, row.plan)
        pinned = load_public(Path(victim.world.airflow.environment["AIRFLOW__MODELOPS__APPROVAL_PUBLIC_KEY"]))
        assert any("sign" in reason for reason in obstacles(session, row, plan, "release", pinned))
        assert obstacles(session, row, plan, "release", None) == [], "without the pinned key nothing stands against it"
    outcomes["an approval made by a task"] = "blocked where an approval key is pinned; else it goes live, and doctor names it"
