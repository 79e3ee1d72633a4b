"""What a DAG editor can do in Airflow deploys nothing: marking tasks, XComs, clearing."""

from __future__ import annotations

from airflow_client import until
from airflow_world import World
from sqlalchemy import select

from modelops_airflow.inventory.tables import DeploymentRow
from modelops_airflow.ledger import EventRow

DAG = "income-screen.release"


def test_marked_gates_forged_xcoms_and_cleared_tasks_deploy_nothing(world: World) -> None:
    editor = world.person("credit-dev")
    until("the DAG is there", lambda: editor.airflow("GET", f"/dags/{DAG}").status_code == 200)
    run = editor.start(DAG)
    until("the gate is parked", lambda: editor.tasks(DAG, run).get("approve-validation") == "deferred", 150)

    for gate in ("approve-validation", "approve-risk"):
        path = f"/dags/{DAG}/dagRuns/{run}/taskInstances/{gate}"
        assert editor.airflow("PATCH", path, {"new_state": "success"}).status_code == 200
        answer = editor.airflow("POST", f"{path}/xcomEntries", {"key": "return_value", "value": "approved"})
        assert answer.status_code in (201, 409), answer.text
    until("deploy ran and failed", lambda: editor.tasks(DAG, run)["deploy"] == "failed", 120)
    assert_not_deployed(world, refusals=1)
    # A task that is cleared while the scheduler ends its run is forgotten by Airflow.
    until("the run has ended", lambda: editor.run_state(DAG, run) == "failed", 60)

    clear = {"dry_run": False, "dag_run_id": run, "task_ids": ["deploy"], "only_failed": False, "reset_dag_runs": True}
    assert editor.airflow("POST", f"/dags/{DAG}/clearTaskInstances", clear).status_code == 200
    until("deploy failed again", lambda: refusals_of(world) >= 2 and editor.tasks(DAG, run)["deploy"] == "failed", 120)
    assert_not_deployed(world, refusals=2)
    until("the run has ended again", lambda: editor.run_state(DAG, run) == "failed", 60)

    again = {**clear, "task_ids": ["approve-validation", "approve-risk", "deploy"]}
    assert editor.airflow("POST", f"/dags/{DAG}/clearTaskInstances", again).status_code == 200
    until("the gate waits again", lambda: editor.tasks(DAG, run)["approve-validation"] == "deferred", 120)

    gate = world.person("validator-1").gate("income-screen", "approve-validation")
    assert gate is not None
    refused = world.person("validator-1").decide(gate, "reject", "the impact ratio of women is far too low")
    assert refused.status_code == 201
    until("the rejection ends the run", lambda: editor.tasks(DAG, run)["approve-validation"] == "failed", 90)
    assert_not_deployed(world, refusals=2)


def refusals_of(world: World) -> int:
    with world.register.read() as session:
        return len(session.scalars(select(EventRow).where(
            EventRow.kind == "promotion", EventRow.outcome == "denied")).all())


def assert_not_deployed(world: World, *, refusals: int) -> None:
    with world.register.read() as session:
        assert not session.scalars(select(DeploymentRow).where(DeploymentRow.model_id == "income-screen")).all()
    assert not (world.root / "live" / "live" / "income-screen.json").exists()
    assert refusals_of(world) >= refusals
