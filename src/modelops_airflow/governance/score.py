"""Scoring with what is live: who may be scored with now, and the one record of each interval.

The first file of an interval that is recorded stays the only one: whoever comes later, the same task once more or another run,
is answered with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import Digest
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import RunRow, ScoredRow, VersionRow
from ..ledger import append
from ..policy.place import Place
from ..policy.states import SERVING
from .activate import active
from .elsewhere import place_of
from .in_use import in_use
from .record import known_run
from .restrictions import obstacle as restricted
from .start import RunKey
from .transaction import governed
from .versions import live


@dataclass(frozen=True)
class Permission:
    """What may be scored with, and how it is opened.

    Attributes:
        epoch: the fence of its deployment.
        file: name of the artifact's file; options: of its kind.
    """

    deployment: int
    slot: int
    model: str
    environment: str
    version: str
    artifact: Digest
    epoch: int
    kind: str
    file: str
    options: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class Scored:
    """What is on record of an interval.

    Attributes:
        input, output: digests of what was read and of the file.
        file: name below the folder of the place.
        run: the register's number of the run that made it.
    """

    version: str
    artifact: str
    epoch: int
    rows: int
    input: Digest
    output: Digest
    file: str
    run: int


def may_score(register: Register, key: RunKey, environment: str) -> Permission:
    """What a run may score with now.

    Raises:
        Refused: nothing is live there, or not what the run was pinned to.
        EvidenceError: the register's rows are not as the ledger has them.
    """
    with register.read() as session:
        return _permission(session, known_run(session, key), environment)


def scored_before(register: Register, permission: Permission, start: datetime, end: datetime) -> Scored | None:
    """What was recorded of an interval; None for nothing."""
    with register.read() as session:
        row = _row(session, permission.slot, start, end)
        return None if row is None else _scored(row)


def scored_by(register: Register, key: RunKey, start: datetime, end: datetime, environment: str) -> Scored | None:
    """What is on record of the interval of a run."""
    with register.read() as session:
        row = live(session, known_run(session, key).model_id, environment)
        found = _row(session, row.slot, start, end) if row is not None else None
        return None if found is None else _scored(found)


def record_scored(
    register: Register, key: RunKey, permission: Permission, start: datetime, end: datetime, *, rows: int, read: Digest, made: Digest, file: str
) -> Scored:
    """Put on record which version made which file, unless the interval has one; answers what is on record.

    Raises:
        Refused: what was permitted no longer is: a stop or another deployment came first.
    """
    with governed(register, "scored", by="system", model_id=permission.model, environment=permission.environment, run=key.run_id) as session:
        run = known_run(session, key)
        if _permission(session, run, permission.environment) != permission:
            raise Refused(f"{permission.model} {permission.version} (epoch {permission.epoch}) is no longer what is live in {permission.environment}; "
                          "what was scored is thrown away", "fence", permission.model)
        there = _row(session, permission.slot, start, end)
        if there is not None:
            return _scored(there)
        row = ScoredRow(slot=permission.slot, deployment=permission.deployment, run=run.id, version=permission.version,
                        artifact=permission.artifact, epoch=permission.epoch, begins_at=start, ends_at=end, rows=rows, input=read, output=made, file=file)
        session.add(row)
        session.flush()
        append(session, "scored", {
            "artifact": permission.artifact, "begins": start.isoformat(), "dag": run.dag_id, "ends": end.isoformat(),
            "environment": permission.environment, "epoch": permission.epoch, "file": file, "input": read, "output": made, "rows": rows,
            "run": run.run_id, "version": permission.version}, model_id=permission.model)
        return _scored(row)


def _permission(session: Session, run: RunRow, environment: str) -> Permission:
    used, row = in_use(session, run.model_id, environment), live(session, run.model_id, environment)
    if used is None or not used.live or row is None:
        raise Refused(f"nothing of {run.model_id} is live in {environment}; nothing is scored", "not-live", run.model_id)
    version = session.get_one(VersionRow, row.version_id)
    if ended := restricted(session, version, row.subject):
        raise Refused(f"{run.model_id}: {ended}; nothing is scored with it", "state", run.model_id)
    if version.state not in SERVING:
        raise Refused(f"version {version.version} of {run.model_id} is {version.state}; nothing is scored with it", "state", run.model_id)
    if (run.version_id, run.artifact) != (row.version_id, row.artifact):
        raise Refused(f"this run was pinned to another version of {run.model_id} than {version.version}, which is live in {environment} now; "
                      "start a new run for its interval", "superseded", run.model_id)
    return Permission(row.id, row.slot, run.model_id, environment, used.version, used.artifact, row.epoch, used.kind, used.artifact_name,
                      used.options, place_of(row, active(session)))


def _row(session: Session, slot: int, start: datetime, end: datetime) -> ScoredRow | None:
    return session.scalars(select(ScoredRow).where(
        ScoredRow.slot == slot, ScoredRow.begins_at == start, ScoredRow.ends_at == end)).first()


def _scored(row: ScoredRow) -> Scored:
    return Scored(row.version, row.artifact, row.epoch, row.rows, Digest(row.input), Digest(row.output), row.file, row.run)
