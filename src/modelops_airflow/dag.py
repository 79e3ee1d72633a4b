"""From a plan to a DAG: the only place where a model's DAGs are made.

Nothing heavy is imported and nothing but the YAML files is read while DAGs are parsed; a worker that
needs one DAG opens one model file. The same YAML gives the same bytes in any process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, BaseOperator, CronDataIntervalTimetable, TaskGroup, get_parsing_context

from .checks.own import own_checks
from .errors import ModelOpsError
from .operators.approval import ApprovalSensor
from .operators.decide import DecideOperator
from .operators.deploy import DeployOperator
from .operators.difference import DifferenceOperator
from .operators.evidence_pack import EvidencePackOperator
from .operators.measure import MeasureOperator
from .operators.pin import PinOperator
from .operators.profile import ProfileOperator
from .operators.scan_artifact import ScanArtifactOperator
from .operators.score import ScoreOperator
from .operators.settings import settings_from_airflow
from .plan import Plan, PlannedStep, plans_of
from .plan.governance_file import governance_in
from .plan.schedule import CRON
from .settings import Settings
from .spec.problem import SpecError
from .spec.project import Project
from .spec.read import read_model
from .spec.types import Governance, Recertification
from .steps.definitions import dag_id, overlay_problems, problems_of
from .steps.pin import wants_version_in_use
from .system_dags import NOTIFY, RECERTIFY, START, SYNC, SYSTEM, notify_dag, recertify_dag, sync_dag

OPERATORS: Mapping[str, type[BaseOperator]] = {
    "pin": PinOperator,
    "scan-artifact": ScanArtifactOperator,
    "profile": ProfileOperator,
    "difference": DifferenceOperator,
    "decide": DecideOperator,
    "approval": ApprovalSensor,
    "attestation": ApprovalSensor,
    "deploy": DeployOperator,
    "evidence-pack": EvidencePackOperator,
    "score": ScoreOperator,
}
"""From a kind of step to its operator; every other kind is a check."""

_PHASES = {"prepare": "Fix the version, scan the artifact and the data", "check": "Measure", "decide": "Judge and freeze",
           "gate": "People decide", "act": "Deploy and keep the evidence", "score": "Score with what is live"}


def dags_here() -> dict[str, DAG]:
    """The DAGs to show to Airflow: all good ones, or the one that a worker asks for."""
    settings = settings_from_airflow()
    project = Project(settings.root)
    wanted = get_parsing_context().dag_id
    found = {} if wanted not in (None, SYNC) else {SYNC: sync_dag()}
    if wanted == SYNC:
        return found
    if wanted == NOTIFY:
        return {NOTIFY: notify_dag()}
    governance = _governance(project, settings)
    if governance is None:
        return found
    if wanted is None and governance.notify:
        found[NOTIFY] = notify_dag()
    if wanted in (None, RECERTIFY):
        found[RECERTIFY] = recertify_dag((governance.recertification or Recertification()).pool)
    own = own_checks(project)  # read, not run
    for path in _files(project, settings, wanted):
        try:
            source = read_model(path, name=project.name(path), review=wanted is None)
            plans = plans_of(source, governance, own, settings.environment)
        except SpecError:
            continue  # modelops_errors.py shows it, and the register has its red row
        for plan in plans:
            name = dag_id(settings.dag_prefix, plan)
            if wanted in (None, name) and name not in SYSTEM:  # no model takes the place of a DAG of the installation
                dag = build(plan, source.text, governance, settings)
                found[dag.dag_id] = dag
    return found


def errors_here() -> None:
    """Raise one error that lists every mistake of every file, for Airflow's import errors.

    Raises:
        SpecError: there are mistakes.
    """
    settings = settings_from_airflow()
    project = Project(settings.root)
    try:
        source = governance_in(project.governance, name="dags/governance.yaml")
    except SpecError as error:
        fallback = _governance_in_force(settings)
        rest = problems_of(project, fallback, project.models(), settings.environment) if fallback else []
        raise SpecError([*error.problems, *rest]) from None
    problems = [*overlay_problems(source, project), *problems_of(project, source.spec, project.models(), settings.environment)]
    if problems:
        raise SpecError(problems)


def build(plan: Plan, text: str, governance: Governance, settings: Settings) -> DAG:
    """The DAG of a plan."""
    dag = DAG(
        dag_id=dag_id(settings.dag_prefix, plan),
        description=str(plan.model["purpose"])[:250],
        schedule=_timetable(plan.schedule),
        start_date=START,
        catchup=False,
        max_active_runs=4,  # a parked approval must not block the next run
        is_paused_upon_creation=False,
        tags=_tags(plan),
        doc_md=_doc(plan, text),
    )
    groups = {phase: TaskGroup(phase, dag=dag, prefix_group_id=False, tooltip=tip) for phase, tip in _PHASES.items()
              if any(step.phase == phase for step in plan.steps)}
    tasks: dict[str, BaseOperator] = {}
    for step in plan.steps:
        tasks[step.id] = _task(plan, step, dag, groups[step.phase], governance, settings)
        for need in step.needs:
            tasks[need] >> tasks[step.id]
    return dag


def _files(project: Project, settings: Settings, wanted: str | None) -> list[Path]:
    if wanted is None:
        return project.models()
    name = wanted.removeprefix(f"{settings.dag_prefix}.") if settings.dag_prefix else wanted
    path = project.root / "dags" / "models" / f"{name.split('.')[0]}.yaml"
    return [path] if path.is_file() else []


def _governance(project: Project, settings: Settings) -> Governance | None:
    try:
        return governance_in(project.governance, review=False).spec
    except SpecError:
        return _governance_in_force(settings)


def _governance_in_force(settings: Settings) -> Governance | None:
    """The active governance while its file is broken: one broken file must not stop every model."""
    from .governance.activate import active
    from .inventory.register import Register

    try:
        with Register(settings.database_url).read() as session:
            return active(session)
    except ModelOpsError:
        return None


def _task(
    plan: Plan, step: PlannedStep, dag: DAG, group: TaskGroup, governance: Governance, settings: Settings
) -> BaseOperator:
    kind = OPERATORS.get(step.uses, MeasureOperator)
    arguments: dict[str, Any] = {"task_id": step.id, "dag": dag, "task_group": group}
    profile = governance.run_profiles.get(step.profile)
    if profile is not None:
        arguments |= {key: value for key, value in profile.model_dump().items() if value is not None}
    if kind is PinOperator:
        arguments |= {"model_id": plan.model_id, "lifecycle": plan.lifecycle}
    elif kind is not ApprovalSensor:
        arguments |= {"retry_seconds": settings.retry_delay, "idle": wants_version_in_use(plan)}
    if kind is ScoreOperator:
        arguments["asset"] = dag.dag_id
    return kind(**arguments)


def _timetable(schedule: str | None) -> CronDataIntervalTimetable | str | None:
    if schedule is None or schedule == "@once":
        return schedule
    return CronDataIntervalTimetable(CRON.get(schedule, schedule), timezone="UTC")


def _tags(plan: Plan) -> set[str]:
    team = plan.model.get("team")
    return {"modelops", f"tier-{plan.model['tier']}", str(plan.model["kind"]), plan.template.split("@")[0],
            *([str(team)] if team else [])}


def _doc(plan: Plan, text: str) -> str:
    """Our own text; the YAML inside a fence that it cannot close."""
    fence = "`" * (max((len(run) for run in _backticks(text)), default=0) + 3)
    head = f"Life cycle **{plan.template}** of model **{plan.model_id}**, made from `dags/models/{plan.model_id}.yaml`."
    return f"{head}\n\n{fence}yaml\n{text}\n{fence}\n\nEnd of the model file."


def _backticks(text: str) -> list[str]:
    import re

    return re.findall("`+", text)
