"""Starting: who asked for a run, and what the run is about, fixed by the first write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import logins
from ..digest import Digest, recorded
from ..errors import Refused
from ..evidence.design import design_of
from ..evidence.manifest import approved_digest, environment_of
from ..inventory.register import Register
from ..inventory.tables import ModelRow, RunRow, VersionRow, VersionState
from ..ledger import append
from ..policy.states import SERVING
from .activate import active, row_of
from .authors import add_author, add_list_changers, inherit_authors
from .documents import fetch, keep
from .legacy import legacy_of
from .on_record import asked_by
from .transaction import Actor, governed
from .versions import live, move, on_its_way


@dataclass(frozen=True)
class RunKey:
    """A run as Airflow names it."""

    dag_id: str
    run_id: str


@dataclass(frozen=True)
class Pinned:
    """What a run is about, for ever.

    Attributes:
        plan: the plan's JSON.
        artifact: digest of the bytes, which are in the store.
    """

    run: int
    plan: Mapping[str, Any]
    artifact: Digest
    artifact_name: str
    version: str
    version_id: int


def run_row(session: Session, key: RunKey) -> RunRow | None:
    """The register's row of a run."""
    return session.scalars(select(RunRow).where(RunRow.dag_id == key.dag_id, RunRow.run_id == key.run_id)).first()


def pinned(session: Session, key: RunKey) -> Pinned | None:
    """What a run is about, or None if it was not pinned."""
    run = run_row(session, key)
    if run is None:
        return None
    version = session.get_one(VersionRow, run.version_id)
    return Pinned(run.id, fetch(session, run.plan), Digest(run.artifact), version.artifact_name, version.version, version.id)


def request_run(register: Register, model_id: str, key: RunKey, actor: Actor) -> None:
    """Record who pressed the button."""
    with governed(register, "run-requested", by=actor.label, model_id=model_id) as session:
        append(session, "run-requested", {"by": actor.label, "dag": key.dag_id, "run": key.run_id}, model_id=model_id)


def pin(
    register: Register, key: RunKey, plan: Mapping[str, Any], artifact: Digest, artifact_name: str, started_by: str,
    provenance: Sequence[Mapping[str, Any]] = (),
) -> Pinned:
    """Register the version and fix plan and test design for this run; a repeated pin answers with the first.

    Args:
        provenance: who wrote the files, as `steps/provenance.py` reads it from git; its people are authors.

    Raises:
        Refused: the version is bound to another artifact, or is retired.
    """
    model = plan["model"]
    with governed(register, "pinned", by=started_by, model_id=model["id"], artifact=artifact) as session:
        before = pinned(session, key)
        if before is not None:
            return before
        _ensure_model(session, model)
        version = _version(session, model, artifact, artifact_name, started_by, provenance)
        if not _repeated(session, version, plan):
            add_author(version, started_by, "started a run")
            asked = asked_by(session, model["id"], key.dag_id, key.run_id)
            if asked is not None:
                add_author(version, _spelled(session, asked), "asked for a run")
        settled = version.state in SERVING or on_its_way(session, version)
        if plan["on"] == "version-registered" and not settled:
            move(version, VersionState.VALIDATING)
        return _fix(session, key, plan, version, artifact, started_by, provenance)


def pin_in_use(register: Register, key: RunKey, plan: Mapping[str, Any], started_by: str, environment: str | None = None) -> Pinned | None:
    """Fix a run on the version in use; None if there is none, and then there is nothing to do.

    A legacy model's declared version is looked at where the plan opens no artifact: nobody here has its bytes.

    Args:
        environment: in use there, by a release; None for anywhere.
    """
    model_id = plan["model"]["id"]
    with governed(register, "pinned", by=started_by, model_id=model_id) as session:
        before = pinned(session, key)
        if before is not None:
            return before
        if environment_of(plan) is not None:
            raise Refused("a run of the version in use cannot deploy; a release registers its version and authors", "plan")
        current = live(session, model_id, environment)
        if current is None:
            legacy = legacy_of(session, model_id) if environment is None else None
            if legacy is None or legacy.artifact is None or any(step["uses"] == "scan-artifact" for step in plan["steps"]):
                return None  # nothing is in use, or what is there cannot be opened here
            version = _version(session, {**plan["model"], "version": legacy.version}, Digest(legacy.artifact), PurePosixPath(plan["model"]["artifact"]).name, started_by, ())
            version.reason = version.reason or "declared in use before it came here; nobody here has its bytes"
            return _fix(session, key, plan, version, Digest(legacy.artifact), started_by)
        version = session.get_one(VersionRow, current.version_id)
        return _fix(session, key, plan, version, Digest(version.artifact), started_by)


def _spelled(session: Session, told: str) -> str:
    """A log-in as governance spells it, where the ledger has the digest of an address; as told where it names nobody so."""
    if row_of(session, "active") is None:
        return told
    governance = active(session)
    known = (label for person in governance.people for label in logins(governance, person))
    return next((label for label in known if recorded(label) == told), told)


def _repeated(session: Session, version: VersionRow, plan: Mapping[str, Any]) -> bool:
    """Whether this very plan was run with the version before: to repeat it is recorded, and is not authorship."""
    return session.scalars(select(RunRow.id).where(
        RunRow.version_id == version.id, RunRow.approved_plan == approved_digest(plan))).first() is not None


def last_commits(session: Session, model_id: str) -> dict[str, str]:
    """The commit of each file that the model's version in use was released from, by the file's name.

    A file that the release did not read is not among them: whoever wrote it, however long ago, writes the next one's exam.
    """
    current = live(session, model_id)
    run = session.get(RunRow, current.run) if current is not None and current.run is not None else None
    return {str(one["file"]): str(one["commit"]) for one in run.provenance if one["commit"]} if run is not None else {}


def _fix(session: Session, key: RunKey, plan: Mapping[str, Any], version: VersionRow, artifact: Digest, by: str,
         provenance: Sequence[Mapping[str, Any]] = ()) -> Pinned:
    model_id = plan["model"]["id"]
    digest, design = keep(session, plan), keep(session, design_of(plan))
    run = RunRow(dag_id=key.dag_id, run_id=key.run_id, model_id=model_id, lifecycle=plan["lifecycle"],
                 version_id=version.id, plan=digest, approved_plan=approved_digest(plan), started_by=by,
                 artifact=artifact, environment=environment_of(plan), design=design,
                 provenance=[dict(one) for one in provenance], as_of=plan.get("as_of") or None)
    session.add(run)
    session.flush()
    authors = sorted({recorded(name) for name, _ in version.authors})
    append(session, "pinned", {"artifact": artifact, "authors": authors, "by": by, "dag": key.dag_id,
                               "design": design, "plan": digest, "run": key.run_id, "version": version.version},
           model_id=model_id)
    return Pinned(run.id, plan, artifact, version.artifact_name, version.version, version.id)


def _ensure_model(session: Session, model: Mapping[str, Any]) -> None:
    if session.get(ModelRow, model["id"]) is None:
        session.add(ModelRow(id=model["id"], name=model["name"], purpose=model["purpose"], tier=model["tier"],
                             owner=model["owner"], team=model.get("team"), kind=model["kind"],
                             location=model["location"], file=f"dags/models/{model['id']}.yaml"))
        session.flush()


def _version(session: Session, model: Mapping[str, Any], artifact: Digest, name: str, by: str,
             provenance: Sequence[Mapping[str, Any]]) -> VersionRow:
    row = session.scalars(select(VersionRow).where(
        VersionRow.model_id == model["id"], VersionRow.version == model["version"])).first()
    if row is None:
        row = VersionRow(model_id=model["id"], version=model["version"], artifact=artifact, artifact_name=name,
                         kind=model["kind"], state=VersionState.REGISTERED.value, authors=[], registered_by=by)
        session.add(row)
        inherit_authors(session, row)
        add_author(row, by, "registered it")
    elif row.artifact != artifact:
        raise Refused(
            f"version {row.version} of {row.model_id} is bound to the artifact {row.artifact}; found {artifact}; "
            "give the new artifact a new version", "version-bound")
    elif row.state == VersionState.RETIRED:
        raise Refused(f"version {row.version} of {row.model_id} is retired; a new release takes a new version", "state")
    for person in model.get("developers", ()):
        add_author(row, person, "developed it")
    for one in provenance:
        for committer in one["authors"]:
            add_author(row, committer, f"committed {one['file']}")
    add_list_changers(session, row)
    session.flush()
    return row
