"""What is kept of a model: each record with the digest of its bytes, and what it rests on or what rests on it.

Words are documents of plain texts that an event of the ledger names: plans, definitions, governance and signed statements are none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from ..inventory.tables import (
    DecisionRow,
    DeploymentRow,
    DeploymentState,
    Document,
    GateRow,
    GateState,
    GovernanceRow,
    ImportedPackRow,
    ModelRow,
    PackRow,
    ResultRow,
    RunRow,
    ScoredRow,
    VersionRow,
    VersionState,
)
from ..ledger import EventRow
from ..policy.retention import Kind
from .words_in_force import words_in_force

_ENDED = (VersionState.RETIRED.value, VersionState.REJECTED.value)
_STRUCTURE = (GovernanceRow.digest, ModelRow.definition, RunRow.plan, RunRow.design, DecisionRow.statement)
"""Where documents are named that are no words."""
_COUNTS = (GateState.OPEN.value, GateState.APPROVED.value)
_AT_WORK = tuple(one.value for one in (DeploymentState.LIVE, DeploymentState.INTENT, DeploymentState.PUBLISHING))


@dataclass(frozen=True)
class Record:
    """One thing that is kept.

    Attributes:
        version: None where it belongs to no version.
        what: in words.
        runs: as `dag/run`, those that it is of.
        needed: what rests on it, in words; empty if nothing does.
    """

    kind: Kind
    digest: str
    model: str
    version: str | None
    what: str
    at: datetime
    runs: frozenset[str] = frozenset()
    needed: str = ""


def records_of(session: Session, model_id: str) -> list[Record]:
    """Everything that is kept of a model, in the order of its making."""
    runs = {run.id: (run, version) for run, version in session.execute(
        select(RunRow, VersionRow).join(VersionRow, VersionRow.id == RunRow.version_id).where(RunRow.model_id == model_id))}
    found = [*_evidence(session, model_id, runs), *_artifacts(session, model_id, runs), *_words(session, model_id),
             *_predictions(session, model_id, runs), *_packs(session, model_id, runs)]
    return sorted(found, key=lambda one: (one.at, one.kind, one.digest))


def records_under(session: Session, digest: str) -> list[Record]:
    """Every record of these bytes, in whichever models."""
    return [one for model in sorted(_models_with(session, digest)) for one in records_of(session, model) if one.digest == digest]


Runs = Mapping[int, tuple[RunRow, VersionRow]]


def label(run: RunRow) -> str:
    """A run as people name it."""
    return f"{run.dag_id}/{run.run_id}"


def _evidence(session: Session, model_id: str, runs: Runs) -> Iterable[Record]:
    """Until its version has ended, evidence is needed of what was released, what a gate is open or approved over, and the last of each life cycle."""
    counts = set(session.scalars(select(GateRow.run).where(GateRow.state.in_(_COUNTS))))
    last = {(version.id, run.dag_id): run.id for run, version in sorted(runs.values(), key=lambda one: one[0].id)}.values()
    for row in session.scalars(select(ResultRow).join(RunRow, RunRow.id == ResultRow.run).where(RunRow.model_id == model_id).order_by(ResultRow.id)):
        run, version = runs[row.run]
        rests = version.state not in _ENDED and (run.environment is not None or run.id in counts or run.id in last)
        needed = f"version {version.version} is {version.state}" if rests else ""
        named = {"": row.evidence, **({} if row.uses == "evidence-pack" else row.products)}
        for name, digest in named.items():
            if digest is not None:
                yield Record(Kind.EVIDENCE, digest, run.model_id, version.version, f"{row.step}{f' ({name})' if name else ''} of {label(run)}",
                             row.at, frozenset({label(run)}), needed)


def _artifacts(session: Session, model_id: str, runs: Runs) -> Iterable[Record]:
    of = defaultdict(set)
    for run, version in runs.values():
        of[version.id].add(label(run))
    at_work = set(session.scalars(select(DeploymentRow.artifact).where(DeploymentRow.state.in_(_AT_WORK))))
    for row in session.scalars(select(VersionRow).where(VersionRow.model_id == model_id)):
        needed = f"version {row.version} is {row.state}" if row.state not in _ENDED else "it is deployed" if row.artifact in at_work else ""
        yield Record(Kind.ARTIFACT, row.artifact, model_id, row.version, row.artifact_name, row.registered_at, frozenset(of[row.id]), needed)


def _words(session: Session, model_id: str) -> Iterable[Record]:
    named, in_force = dict[str, tuple[EventRow, Mapping[str, Any], str]](), words_in_force(session, model_id)
    for event in session.scalars(select(EventRow).where(EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index)):
        facts = json.loads(event.body)["facts"]
        named.update({value: (event, facts, name) for name, value in facts.items() if isinstance(value, str) and value.startswith("sha256:")})
    for digest in _documents_of_words(session, named):
        event, facts, name = named[digest]
        run = f"{facts['dag']}/{facts['run']}" if {"dag", "run"} <= facts.keys() else facts.get("run")
        yield Record(Kind.WORDS, digest, model_id, facts.get("version"), f"{name} of {event.kind} at index {event.index}", event.at,
                     frozenset({run}) if isinstance(run, str) else frozenset(), in_force.get(digest, ""))


def _documents_of_words(session: Session, digests: Iterable[str]) -> list[str]:
    """Those that are documents of texts alone, or were."""
    found: list[str] = []
    every = list(digests)
    for some in (every[start:start + 500] for start in range(0, len(every), 500)):  # a database takes so many parameters and no more
        rows = session.execute(select(Document.digest, Document.body).where(Document.digest.in_(some)))
        texts = [digest for digest, body in rows if not body or _is_texts(json.loads(body))]
        others = {digest for column in _STRUCTURE for digest in session.scalars(select(column).where(column.in_(texts)))} if texts else set()
        found += [one for one in texts if one not in others]
    return found


def _is_texts(body: Any) -> bool:
    """Whether it is a text, or texts by name; the measures that a waiver names are a list of them."""
    return isinstance(body, str) or (isinstance(body, dict) and bool(body) and all(
        isinstance(one, str) or (name == "compensating" and isinstance(one, list) and all(isinstance(text, str) for text in one)) for name, one in body.items()))


def _predictions(session: Session, model_id: str, runs: Runs) -> Iterable[Record]:
    for row in session.scalars(select(ScoredRow).join(RunRow, RunRow.id == ScoredRow.run).where(RunRow.model_id == model_id).order_by(ScoredRow.id)):
        run, _ = runs[row.run]
        yield Record(Kind.PREDICTIONS, row.output, run.model_id, row.version, row.file, row.at, frozenset({label(run)}))


def _packs(session: Session, model_id: str, runs: Runs) -> Iterable[Record]:
    for row in session.scalars(select(PackRow).join(RunRow, RunRow.id == PackRow.run).where(RunRow.model_id == model_id).order_by(PackRow.id)):
        run, version = runs[row.run]
        yield Record(Kind.PACK, row.digest, model_id, version.version, f"pack of {label(run)}", row.at, frozenset({label(run)}))
    for taken in session.scalars(select(ImportedPackRow).where(ImportedPackRow.model_id == model_id).order_by(ImportedPackRow.id)):
        yield Record(Kind.PACK, taken.digest, model_id, taken.version, f"pack of {taken.environment}, taken in", taken.at, frozenset({taken.run}))


def _models_with(session: Session, digest: str) -> set[str]:
    """The models that have a record of these bytes, or might."""
    like = f"%{digest}%"
    found = {
        *session.scalars(select(RunRow.model_id).join(ResultRow, ResultRow.run == RunRow.id).where(
            or_(ResultRow.evidence == digest, cast(ResultRow.products, String).like(like)))),
        *session.scalars(select(VersionRow.model_id).where(VersionRow.artifact == digest)),
        *session.scalars(select(RunRow.model_id).join(ScoredRow, ScoredRow.run == RunRow.id).where(ScoredRow.output == digest)),
        *session.scalars(select(RunRow.model_id).join(PackRow, PackRow.run == RunRow.id).where(PackRow.digest == digest)),
        *session.scalars(select(ImportedPackRow.model_id).where(ImportedPackRow.digest == digest)),
    }
    if session.get(Document, digest) is not None:
        postgres = session.get_bind().dialect.name == "postgresql"  # SQLite's LIKE is of texts, and Postgres has no instr
        names = EventRow.body.op("LIKE")(like.encode()) if postgres else func.instr(EventRow.body, digest.encode()) > 0
        found |= set(session.scalars(select(EventRow.model_id).where(EventRow.outcome == "done", names)))
    return {one for one in found if one is not None}
