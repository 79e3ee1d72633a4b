"""A life cycle in this process, up to the first gate: `modelops run`.

Same plan, same steps, same evidence digests as in Airflow; the record says `origin: local`, and
nothing can be promoted from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks.own import own_checks
from ..errors import CheckError, DataError, ModelOpsError, Refused
from ..evidence.store import BlobStore
from ..measurement import Measurement
from ..plan import Plan, PlannedStep, make_plan
from ..plan.governance_file import governance_in
from ..spec.project import Project
from ..spec.read import read_model
from .catalogue import GATES, step_function
from .folder_journal import FolderJournal
from .logged import declared_artifact, opens_artifact
from .measured import measured
from .pin import StoredArtifact, store_artifact
from .run import Interval, NamedChampion, Run, StepResult, StepStatus

if TYPE_CHECKING:
    from ..digest import Digest

Progress = Callable[[str, str, StepResult | None], None]
"""Called with step id, `running` or `done`, and the result when done."""


def silent(_step: str, _event: str, _result: StepResult | None) -> None:
    """No progress."""


@dataclass(frozen=True)
class LocalRun:
    """What a local run came to.

    Attributes:
        results: by step id, in order; steps from the first gate on are not in it.
        gate: id of the first gate, where the run stops; None if there is none.
        folder: where the record is.
    """

    plan: Plan
    results: Mapping[str, StepResult]
    gate: str | None
    folder: Path

    @property
    def evidence(self) -> dict[str, Digest]:
        """Evidence digest by step id."""
        return {name: result.evidence for name, result in self.results.items() if result.evidence}

    @property
    def verdict(self) -> str:
        """The verdict of `decide`, or error where it was not reached."""
        for step in self.plan.steps:
            result = self.results.get(step.id)
            if step.uses == "decide" and result is not None and result.judgement is not None:
                return result.judgement.verdict.value
        return "error"


def run_local(
    root: Path,
    model_id: str,
    *,
    lifecycle: str = "release",
    progress: Progress = silent,
    threads: int = 2,
    folder: Path | None = None,
    champion: NamedChampion | None = None,
    environment: str = "",
) -> LocalRun:
    """Run a model's life cycle up to its first gate.

    Args:
        environment: that of governance.yaml whose overlay holds; empty for none.
        champion: what is in use, for a life cycle that compares with it: no register says it here.

    Raises:
        SpecError: a file has mistakes.
        ModelOpsError: the artifact cannot be pinned.
    """
    project = Project(root)
    plan, roots = plan_from_files(project, model_id, lifecycle, environment)
    state = state_of(project, folder)
    progress("pin", "running", None)
    declared = None if opens_artifact(plan) else declared_artifact(read_model(project.model(model_id)).spec)
    artifact = declared or store_artifact(plan, project, roots, BlobStore(str(state / "evidence")))
    return walk(*begin(project, state, plan, artifact, roots, threads=threads, champion=champion), progress)


def state_of(project: Project, folder: Path | None = None) -> Path:
    """Where local runs and their evidence are."""
    return folder or project.root / ".modelops"


def begin(
    project: Project, state: Path, plan: Plan, artifact: StoredArtifact, roots: tuple[str, ...], *, threads: int,
    champion: NamedChampion | None, interval: Interval | None = None, as_of: str = "",
) -> tuple[Run, Path]:
    """A local run of a plan with an artifact that is in the store, and the folder of its record; nothing is measured yet.

    Args:
        as_of: the run that it repeats; empty for none.
    """
    store = BlobStore(str(state / "evidence"))
    target = state / "runs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{plan.model_id}-{plan.lifecycle}"
    about = {"plan_document": store.put_json(plan.to_json()), "artifact_name": artifact.name, **({"as_of": as_of} if as_of else {})}
    run = Run(
        plan=plan,
        artifact=artifact.digest,
        artifact_name=artifact.name,
        project=project,
        roots=roots,
        store=store,
        journal=FolderJournal(target, plan, artifact.digest, about),
        interval=interval,
        connections=connection_from_environment,
        threads=threads,
        champion=champion,
        id=target.name,
    )
    return run, target


def walk(run: Run, folder: Path, progress: Progress = silent) -> LocalRun:
    """Run every step up to the first gate; the record is in the folder."""
    progress("pin", "done", StepResult(StepStatus.DONE, products={"artifact": run.artifact}))
    results, gate = _walk(run, progress)
    return LocalRun(run.plan, results, gate, folder)


def plan_from_files(project: Project, model_id: str, lifecycle: str, environment: str = "") -> tuple[Plan, tuple[str, ...]]:
    """The plan of a model as its file says now, and the artifact roots."""
    governance = governance_in(project.governance, name=project.name(project.governance))
    path = project.model(model_id)
    model = read_model(path, name=project.name(path))
    return make_plan(model, governance.spec, lifecycle, own_checks(project), environment), governance.spec.artifact_roots


def _walk(run: Run, progress: Progress) -> tuple[dict[str, StepResult], str | None]:
    results: dict[str, StepResult] = {}
    for step in run.plan.steps:
        if step.uses in GATES:
            return results, step.id
        if step.uses == "pin":
            continue
        progress(step.id, "running", None)
        result = attempt(run, step)
        run.journal.record(step, result)
        results[step.id] = result
        progress(step.id, "done", result)
        if stops(step, result):
            break
    return results, None


def attempt(run: Run, step: PlannedStep) -> StepResult:
    """Run a step; what it cannot do becomes an error on record instead of an exception.

    Raises:
        Refused: the action is not permitted; the refusal is already on record.
    """
    try:
        return step_function(step.uses, own=step.code is not None)(run, step)
    except Refused:
        raise
    except (CheckError, DataError) as error:
        return measured(run, step, Measurement.error(step.uses, str(error)))
    except ModelOpsError as error:
        return StepResult(StepStatus.ERROR, message=str(error))


def stops(step: PlannedStep, result: StepResult) -> bool:
    """Whether nothing may follow: preparation or the decision did not pass."""
    judged = result.judgement is None or result.judgement.verdict.value == "pass"
    if step.phase == "check":
        return False
    return result.status is StepStatus.ERROR or not judged


def connection_from_environment(name: str) -> str:
    """A connection URL from `AIRFLOW_CONN_<NAME>`, as Airflow itself reads it."""
    variable = f"AIRFLOW_CONN_{name.upper()}"
    if variable not in os.environ:
        raise DataError(f"connection {name!r} is not set; export {variable}=<URL> for a local run")
    return os.environ[variable]
