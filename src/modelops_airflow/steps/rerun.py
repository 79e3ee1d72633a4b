"""A pinned rerun: the same plan, artifact and data as a run before, by digest, to see whether they give the same evidence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..digest import Digest
from ..errors import DataError, EvidenceError
from ..plan.governance_file import governance_in
from ..spec.project import Project
from .local import LocalRun, Progress, begin, silent, state_of, walk
from .pack_inputs import inputs_of
from .pin import StoredArtifact
from .run import Interval

if TYPE_CHECKING:
    from pathlib import Path

    from .recorded import OnRecord
    from .run import NamedChampion, Run

_WORDS = {"changed": "has other bytes now", "gone": "is not there any more", "not pinned": "is a query, and what a database answers is not pinned"}
_ELSEWHERE = ("artifact", "champion", "earlier:", "pack:")
"""Inputs that are evidence or artifacts in the store of the run itself; the caller names a champion anew."""


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
                        interval=_interval(before), as_of=label)
    run.store.put(data)
    if not fresh:
        _demand_the_same(run, before)
    return walk(run, target, progress)


def _demand_the_same(run: Run, before: OnRecord) -> None:
    """Every data set and file that the run measured is still there, with the same bytes."""
    statements = {name: {"body": {"predicate": {"measurement": step.measurement}}}
                  for name, step in before.told.steps.items() if step.measurement is not None}
    wrong = [f"{one['name'].removeprefix('file:')} {_WORDS[one['state']]}" + (f" (expected {one['digest']})" if one["state"] == "changed" else "")
             for one in inputs_of(run, statements) if not one["name"].startswith(_ELSEWHERE) and one["state"] != "readable"]
    if wrong:
        raise DataError(f"{before.told.label} cannot be repeated as it was: {'; '.join(wrong)}. Put the data back, "
                        "or add --fresh to take what is there now, and the difference names it")


def _interval(before: OnRecord) -> Interval | None:
    """The data interval of the run; only of a scheduled life cycle does data depend on it."""
    told = [step.basis for step in before.told.steps.values() if step.basis is not None]
    if told and told[0]["interval"] is not None:
        start, end = told[0]["interval"]
        return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    if not told and before.plan is not None and before.plan.on == "schedule":
        raise EvidenceError(f"{before.told.label} did not record the time that it looked at, and its life cycle depends on it; it cannot be repeated")
    return None
