"""A model that was released and reviewed by the operators, with a check of its own that weighs with a library."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import yaml
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from sqlalchemy import select
from workbench import Bench

from modelops_airflow.evidence.statement import measurement_in, read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.start import RunKey, pinned
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.tables import GateRow, ResultRow, RunRow
from modelops_airflow.operators.decide import DecideOperator
from modelops_airflow.operators.deploy import DeployOperator
from modelops_airflow.operators.difference import DifferenceOperator
from modelops_airflow.operators.measure import MeasureOperator
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.profile import ProfileOperator
from modelops_airflow.operators.scan_artifact import ScanArtifactOperator
from modelops_airflow.plan import Plan

MODEL = "pricing-rules"
FILE = f"dags/models/{MODEL}.yaml"
DATA = "examples/pricing/current.parquet"
CHECK = '''
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric

@check("volume", version=1, metrics=("volume",))
def volume(profiles):
    """Rows, as a library weighs them."""
    import weighing
    return Measurement.of("volume", [Metric("volume", profiles.current.rows * weighing.weight())])
'''
RELEASE = {"uses": "low-risk-fast-track",
           "steps": {"volume": {"uses": "volume", "insert": {"after": "profile"}, "require": {"volume": {"fail": "< 10"}}}}}
FRESH = {"uses": "periodic-review", "remove": ["performance"]}
PINNED = {"uses": "periodic-review", "steps": {"pin": {"with": {"data": "pinned"}}}}
_KINDS: Mapping[str, Callable[..., Any]] = {"scan-artifact": ScanArtifactOperator, "profile": ProfileOperator, "decide": DecideOperator,
                                            "difference": DifferenceOperator}


def write(bench: Bench, review: Mapping[str, Any], **changes: Any) -> None:
    """The model file with a review, and lines of the release that are other than `RELEASE`."""
    body = yaml.safe_load((bench.root / FILE).read_text())
    body["lifecycles"] = json.loads(json.dumps({"release": {**RELEASE, **changes}, "review": review}))
    (bench.root / FILE).write_text(yaml.safe_dump(body))


def install(bench: Bench, version: str, weight: str) -> None:
    """Install a version of a library that measures, as pip does: its code, and the folder of its metadata."""
    from modelops_airflow.steps import environment

    site = bench.root / "site"
    shutil.rmtree(site, ignore_errors=True)
    (site / f"weighing-{version}.dist-info").mkdir(parents=True)
    (site / "weighing.py").write_text(f"def weight():\n    return {weight}\n")
    sys.modules.pop("weighing", None)
    environment._libraries.cache_clear()  # a process sees the libraries that it began with


def scheduled(run_id: str, *, kind: str = "scheduled", end: datetime = datetime(2026, 11, 1, tzinfo=UTC)) -> Any:
    """What a task of a scheduled review sees."""
    run = SimpleNamespace(dag_id=f"{MODEL}.review", run_id=run_id, triggering_user_name=None, run_type=kind, logical_date=end,
                          data_interval_start=end.replace(year=end.year - 1), data_interval_end=end, run_after=end)
    return {"dag_run": run}


def run(bench: Bench, context: Any) -> dict[str, str]:
    """Run a life cycle up to its gates; answers what each task raised, as scheduler and retries would see it."""
    key = RunKey(context["dag_run"].dag_id, context["dag_run"].run_id)
    PinOperator(task_id="pin", model_id=MODEL, lifecycle=key.dag_id.split(".")[1]).execute(context)
    raised = {}
    for step in plan_of(bench, key).steps:
        if step.phase in ("prepare", "check", "decide") and step.uses != "pin":
            try:
                _KINDS.get(step.uses, MeasureOperator)(task_id=step.id).execute(context)
            except (AirflowException, AirflowFailException, AirflowSkipException) as error:
                raised[step.id] = str(error)
    return raised


def release(bench: Bench, run_id: str = "manual__1") -> None:
    """Release the model: measured, approved by somebody who did not write it, deployed."""
    context = bench.context(f"{MODEL}.release", run_id)
    assert run(bench, context) == {}
    approve(bench, RunKey(f"{MODEL}.release", run_id), {"approve-risk": "risk-1"})
    DeployOperator(task_id="deploy").execute(context)


def review(bench: Bench, run_id: str) -> dict[str, str]:
    """Review it on schedule, up to the gates."""
    return run(bench, scheduled(run_id))


def approve(bench: Bench, key: RunKey, people: Mapping[str, str]) -> None:
    """Each of some people approves at a gate."""
    for step, who in people.items():
        gate = open_gate(bench.register, key, step)
        with bench.register.read() as session:
            subject = session.get_one(GateRow, gate).subject
        vote(bench.register, gate, Actor("simple", who, who), "approve", "I read it.", subject)


def plan_of(bench: Bench, key: RunKey) -> Plan:
    """The pinned plan of a run."""
    with bench.register.read() as session:
        about = pinned(session, key)
    assert about is not None
    return Plan.from_json(about.plan)


def key_of(run_id: str) -> RunKey:
    """A review as the register names it."""
    return RunKey(f"{MODEL}.review", run_id)


def row_of(bench: Bench, key: RunKey) -> RunRow:
    """A run's row."""
    with bench.register.read() as session:
        return session.scalars(select(RunRow).where(RunRow.dag_id == key.dag_id, RunRow.run_id == key.run_id)).one()


def evidence(bench: Bench, key: RunKey) -> dict[str, str]:
    """Step -> digest of its evidence."""
    with bench.register.read() as session:
        rows = session.scalars(select(ResultRow).where(ResultRow.run == row_of(bench, key).id, ResultRow.current, ResultRow.evidence.is_not(None)))
        return {row.step: str(row.evidence) for row in rows}


def told(bench: Bench, key: RunKey) -> dict[str, Any]:
    """The comparison as it stands in the evidence of a review."""
    measurement = measurement_in(read_statement(BlobStore(str(bench.root.parent / "evidence")), evidence(bench, key)["difference"]))
    return {**measurement.parameters.get("difference", {}), "metrics": {f"{row.name}{row.where.get('kind', '')}": row.value for row in measurement.metrics},
            "notes": measurement.notes, "status": measurement.status.value}
