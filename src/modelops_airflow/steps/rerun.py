"""A pinned rerun: the same plan, artifact and data as a run before, by digest, to see whether they give the same evidence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..digest import Digest
from ..errors import EvidenceError
from ..plan.governance_file import governance_in
from ..spec.project import Project
from .local import LocalRun, Progress, begin, silent, state_of, walk
from .pin import StoredArtifact
from .run import Interval
from .same_inputs import demand_the_same

if TYPE_CHECKING:
    from pathlib import Path

    from .recorded import OnRecord
    from .run import NamedChampion


def rerun_local(
    root: Path, before: OnRecord, *, fresh: bool = False, progress: Progress = silent, threads: int = 2,
    folder: Path | None = None, champion: NamedChampion | None = None,
) -> LocalRun:
    """Repeat a run here, up to the first gate.

    Args:
        fresh: take data and files as they are now, where they are no longer those of the run.

    Raises:
        EvidenceError: the run has no plan, time or artifact on record, or the bytes are gone.
        DataError: data or a file is gone or has other bytes, and `fresh` was not asked for.
    """
    project = Project(root)
    label = before.told.label
    if before.plan is None:
        raise EvidenceError(f"{label} was made by a release that kept no plan; it can be compared, and not repeated. Run the model anew: modelops run MODEL")
    state = state_of(project, folder)
    roots = governance_in(project.governance, name=project.name(project.governance)).spec.artifact_roots
    progress("pin", "running", None)
    artifact = StoredArtifact(Digest(before.told.artifact), before.artifact_name)
    data = before.store.get(before.told.artifact)
    run, target = begin(project, state, before.plan, artifact, roots, threads=threads, champion=champion,
                        interval=interval_of(before), as_of=label)
    run.store.put(data)
    if not fresh:
        demand_the_same(run, before.told)
    return walk(run, target, progress)


def interval_of(before: OnRecord) -> Interval | None:
    """The data interval of the run; only of a scheduled life cycle does data depend on it."""
    told = [step.basis for step in before.told.steps.values() if step.basis is not None]
    if told and told[0]["interval"] is not None:
        start, end = told[0]["interval"]
        return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    if not told and before.plan is not None and before.plan.on == "schedule":
        raise EvidenceError(f"{before.told.label} did not record the time that it looked at, and its life cycle depends on it; it cannot be repeated")
    return None
