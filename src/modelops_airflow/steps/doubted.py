"""Which models in use a change of rules makes uncertain: found from the register and the files alone, nothing is run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import __version__
from ..checks.own import OwnChecks, own_checks
from ..database import database_time
from ..digest import Digest, digest_bytes, digest_of
from ..evidence.store import BlobStore
from ..governance.activate import active, row_digest
from ..governance.campaign import Affected, Campaign, last_inputs, record_campaign
from ..governance.strategy import CANARY
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, Document, ModelRow, RunRow
from ..plan import Plan, make_plan
from ..plan.make import lifecycles_of
from ..plan.standing import Doubt, doubt, gone, looks_again
from ..policy.in_force import Library, library_of
from ..policy.library import packs, templates
from ..spec.problem import SpecError
from ..spec.project import Project
from ..spec.read import Source, read_model
from .replayed import on_record

if TYPE_CHECKING:
    from ..plan.replay import RunOnRecord
    from ..spec.types import Governance, ModelFile

_AT_ONCE = 500
_SHAPELESS = (SpecError, LookupError, TypeError, ValueError, AttributeError)
"""What a plan on record is met with that has another shape: a task pins what it likes, and a newer release knows other words."""


def recertified(register: Register, store: BlobStore, project: Project, environment: str = "", by: str = "sync") -> list[str]:
    """Put what a change makes uncertain on the queue; does nothing while nothing has changed. Answers one line where it put or took something."""
    own = own_checks(project)
    with register.read() as session:
        if row_digest(session) is None:
            return []  # nothing is in use under no rules
        today = database_time(session).date()
        inputs = inputs_of(session, own, environment, today)
        if last_inputs(session) == inputs:
            return []
        found = _look(session, store, project, own, environment, today, inputs)
    return record_campaign(register, found, by)


def inputs_of(session: Session, own: OwnChecks, environment: str, today: date) -> Digest:
    """Digest of all that plans depend on, and of what is in use: packs begin and end on a day, so the day is in it."""
    models = session.execute(select(ModelRow.id, ModelRow.definition, ModelRow.problems).where(ModelRow.present).order_by(ModelRow.id))
    return digest_of({
        "governance": row_digest(session), "environment": environment, "day": today.isoformat(), "package": __version__,
        "packs": {name: packs()[name].digest for name in packs()}, "lifecycles": {name: one.digest for name, one in templates().items()},
        "checks": {name: one.digest for name, one in own.declared.items()},
        "models": [[name, definition, bool(problems)] for name, definition, problems in models],
        "in_use": sorted([model, row] for model, row in _in_use(session).items()),
    })


def _in_use(session: Session) -> dict[str, int]:
    """Model -> its live deployment; the canary of a release that goes on to another environment is none."""
    rows = session.execute(select(DeploymentRow.model_id, func.max(DeploymentRow.id)).where(
        DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.cause != CANARY).group_by(DeploymentRow.model_id))
    return {str(model): int(row) for model, row in rows}


@dataclass(frozen=True)
class _Model:
    """A model in use, and its file as it is now."""

    id: str
    row: ModelRow
    file: Source[ModelFile]
    again: str | None
    released: RunRow


def _look(session: Session, store: BlobStore, project: Project, own: OwnChecks, environment: str, today: date, inputs: Digest) -> Campaign:
    governance = active(session)
    released = _released(session)
    models, unreadable = _models(session, project, released, library_of(governance))
    standing = _standing(session, models)
    told = on_record(session, store, standing.values())
    plans = _plans(session, standing.values())
    affected, looked_at = [], 0
    for one in models:
        run = standing[one.id]
        if run.plan not in plans:
            unreadable.append(one.id)
            continue
        try:
            found = _doubt(one, run, told[run.id], plans[run.plan], (governance, own, environment, today))
        except _SHAPELESS:
            unreadable.append(one.id)
            continue
        looked_at += 1
        if found is not None:
            affected.append(_affected(one, run, found))
    return Campaign(inputs, row_digest(session) or "", looked_at, tuple(affected), tuple(sorted(unreadable)))


def _released(session: Session) -> dict[str, RunRow]:
    """Model in use -> the run that it was released by."""
    live = _in_use(session)
    rows = session.execute(select(DeploymentRow.id, DeploymentRow.model_id, RunRow).join(RunRow, RunRow.id == DeploymentRow.run).where(
        DeploymentRow.state == DeploymentState.LIVE.value))
    return {model: run for key, model, run in rows if live.get(model) == key}


def _models(session: Session, project: Project, released: Mapping[str, RunRow], library: Library) -> tuple[list[_Model], list[str]]:
    """Models in use with their files; and those of whose file nothing can be told, because it is broken or gone."""
    found, unreadable = [], []
    for row in session.scalars(select(ModelRow).order_by(ModelRow.id)):
        if row.id not in released:
            continue
        if row.problems or not row.present:
            unreadable.append(row.id)
            continue
        try:
            path = project.model(row.id)
            file = read_model(path, name=project.name(path), review=False)
            found.append(_Model(row.id, row, file, looks_again(file, library), released[row.id]))
        except SpecError:
            unreadable.append(row.id)
    return found, unreadable


def _standing(session: Session, models: Iterable[_Model]) -> dict[str, RunRow]:
    """The run whose verdict stands: the last decided one that looked again at the version in use, or its release."""
    wanted = {one.id: one for one in models}
    standing = {name: one.released for name, one in wanted.items()}
    last = select(func.max(RunRow.id)).where(RunRow.decided_at.is_not(None), RunRow.environment.is_(None), RunRow.as_of.is_(None)).group_by(
        RunRow.model_id, RunRow.lifecycle, RunRow.version_id)
    for row in session.scalars(select(RunRow).where(RunRow.id.in_(last))):
        one = wanted.get(row.model_id)
        if one is not None and (row.lifecycle, row.version_id) == (one.again, one.released.version_id) and row.id > one.released.id:
            standing[row.model_id] = row
    return standing


def _plans(session: Session, runs: Iterable[RunRow]) -> dict[str, Plan]:
    """Plans on record, each hashed again; one that is gone, has changed or cannot be read is not among them, and holds up no other model."""
    asked = sorted({run.plan for run in runs})
    found: dict[str, Plan] = {}
    for start in range(0, len(asked), _AT_ONCE):
        for row in session.scalars(select(Document).where(Document.digest.in_(asked[start:start + _AT_ONCE]))):
            with suppress(*_SHAPELESS):
                if digest_bytes(row.body) == row.digest:
                    found[row.digest] = Plan.from_json(json.loads(row.body))
    return found


def _doubt(one: _Model, run: RunRow, told: RunOnRecord, old: Plan, rules: tuple[Governance, OwnChecks, str, date]) -> Doubt | None:
    governance, own, environment, today = rules
    if run.lifecycle not in lifecycles_of(one.file, library_of(governance)):
        return gone(told, run.lifecycle)
    return doubt(old, make_plan(one.file, governance, run.lifecycle, own, environment, on=today), told)


def _affected(one: _Model, run: RunRow, found: Doubt) -> Affected:
    dags: dict[str, Any] = {dag["lifecycle"]: dag["dag_id"] for dag in one.row.dags}
    return Affected(one.id, one.file.spec.model.tier, run.id, run.approved_plan, found.plan, found.before, found.after, found.changes,
                    dags.get(one.again) if one.again is not None else None)
