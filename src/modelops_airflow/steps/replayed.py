"""The last decided run of each plan, from the register or from local runs, and which files a change touches."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import digest_file
from ..errors import DataError, EvidenceError
from ..evidence.statement import measurement_in, read_statement
from ..evidence.store import BlobStore
from ..inventory.register import Register
from ..inventory.tables import ResultRow, RunRow
from ..measurement import Measurement
from ..plan import Plan, PlannedStep
from ..plan.replay import RunOnRecord
from ..spec.project import Project
from .decide import is_of

_AT_ONCE = 500


def runs_in_register(register: Register, store: BlobStore, plans: Collection[str]) -> dict[str, tuple[RunOnRecord, str]]:
    """Digest of a plan -> the last decided run by it, and the digest of its artifact."""
    found: dict[str, tuple[RunOnRecord, str]] = {}
    asked = sorted(plans)
    with register.read() as session:
        for start in range(0, len(asked), _AT_ONCE):
            rows = session.scalars(select(RunRow).where(RunRow.approved_plan.in_(asked[start:start + _AT_ONCE]), RunRow.decided_at.is_not(None))
                                   .order_by(RunRow.decided_at, RunRow.id)).all()
            last = {row.approved_plan: row for row in rows}
            told = on_record(session, store, last.values())
            found |= {digest: (told[row.id], row.artifact) for digest, row in last.items()}
    return found


def on_record(session: Session, store: BlobStore, runs: Iterable[RunRow]) -> dict[int, RunOnRecord]:
    """What decided runs came to, by the number of their row."""
    rows = {row.id: row for row in runs}
    results: dict[int, dict[str, ResultRow]] = {key: {} for key in rows}
    asked = sorted(rows)
    for start in range(0, len(asked), _AT_ONCE):
        for result in session.scalars(select(ResultRow).where(ResultRow.run.in_(asked[start:start + _AT_ONCE]), ResultRow.current).order_by(ResultRow.id)):
            results[result.run][result.step] = result
    return {key: RunOnRecord(
        "register", row.verdict or "error", {name: one.verdict for name, one in results[key].items()},
        reader(store, row.artifact, {name: one.evidence for name, one in results[key].items()})) for key, row in rows.items()}


def local_runs(folder: Path, plans: Collection[str]) -> dict[str, tuple[RunOnRecord, str]]:
    """Digest of a plan -> the last decided run by it that `modelops run` kept in a folder such as `.modelops`, and the digest of its artifact."""
    store = BlobStore(str(folder / "evidence"))
    found: dict[str, tuple[RunOnRecord, str]] = {}
    for path in sorted((folder / "runs").glob("*/run.json")):
        record: Any = json.loads(path.read_text(encoding="utf-8"))
        if record.get("plan") in plans and record.get("decision"):
            steps = record["steps"]
            found[record["plan"]] = RunOnRecord(
                "local run", record["decision"]["verdict"], {name: one["verdict"] for name, one in steps.items()},
                reader(store, record["artifact"], {name: one["evidence"] for name, one in steps.items()})), record["artifact"]
    return found


def reader(store: BlobStore, artifact: str, evidence: Mapping[str, str | None]) -> Callable[[PlannedStep], Measurement | None]:
    """Reads what a step measured, if it is of that step and artifact."""
    def measured(step: PlannedStep) -> Measurement | None:
        digest = evidence.get(step.id)
        try:
            statement = read_statement(store, digest) if digest else None
            return measurement_in(statement) if statement is not None and is_of(statement, artifact, step) else None  # type: ignore[arg-type]
        except (EvidenceError, KeyError, TypeError, ValueError):
            return None
    return measured


class OtherFiles:
    """Whether the files that a plan names are those that were measured."""

    def __init__(self, project: Project, changed: Collection[str]) -> None:
        self._project, self._changed = project, frozenset(name for name in changed if not name.startswith("dags/"))
        self._digests: dict[Path, str] = {}

    def of(self, plan: Plan, artifact: str) -> str:
        """Why model or data of a plan are others; empty if they are not known to be."""
        named = str(plan.model["artifact"])
        now = self._digest(named)
        if now is not None and now != artifact and not _logged(plan):
            return f"{named} is another artifact: {artifact} -> {now}"
        return self.named_in({"model": {key: plan.model.get(key) for key in ("artifact", "with")}, "data": plan.data})

    def named_in(self, body: Any) -> str:
        """Which changed file is named in options."""
        for text in _texts(body) if self._changed else ():
            name = os.path.normpath(text.removeprefix(f"{self._project.root}/"))
            for one in self._changed:
                if one == name or one.startswith(f"{name}/") or fnmatch.fnmatch(one, name):
                    return f"{one} is changed"
        return ""

    def _digest(self, named: str) -> str | None:
        try:
            path = self._project.resolve(named)
        except DataError:
            return None
        if not path.is_file():
            return None
        if path not in self._digests:
            self._digests[path] = digest_file(path)
        return self._digests[path]


def _logged(plan: Plan) -> bool:
    """Whether no artifact is opened, so the one on record is declared."""
    return not any(step.uses == "scan-artifact" for step in plan.steps)


def _texts(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, Mapping):
        for one in body.values():
            yield from _texts(one)
    elif isinstance(body, list | tuple):
        for one in body:
            yield from _texts(one)
