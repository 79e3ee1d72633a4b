"""Everything that a model's page shows, in a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...checks.attachment import ATTACHMENTS
from ...documents import DOCUMENTS
from ...governance.finding_record import findings_on_record
from ...governance.trial import trial_of
from ...inventory.tables import (
    DeploymentRow,
    FindingRow,
    GateRow,
    ImportedPackRow,
    ModelRow,
    PackRow,
    ResultRow,
    RunRow,
    VersionRow,
)
from ...ledger.table import EventRow
from ...policy.states import SERVING
from .clock import iso
from .findings import finding_pages
from .fleet import Entry, entries, rows
from .gates import Asker, gate_rows
from .legacy import unwritten
from .marks import worst_first
from .overlays import overlay_rows
from .waivers import waiver_rows

RUNS = 50
EVENTS = 200


def model_page(session: Session, model: ModelRow, asker: Asker) -> dict[str, Any]:
    """The page of one model."""
    entry = entries(session, [model.id])[0]
    runs = session.scalars(
        select(RunRow).where(RunRow.model_id == model.id).order_by(RunRow.id.desc()).limit(RUNS)
    ).all()
    versions = session.scalars(
        select(VersionRow).where(VersionRow.model_id == model.id).order_by(VersionRow.id.desc())
    ).all()
    labels = {version.id: version.version for version in versions}
    gates = session.scalars(
        select(GateRow).join(RunRow, RunRow.id == GateRow.run)
        .where(RunRow.model_id == model.id).order_by(GateRow.id.desc()).limit(EVENTS)
    ).all()
    shown = gate_rows(session, gates, asker)
    return {
        "model": rows(session, [entry])[0] | _about(model) | _spoken_for(entry, versions),
        "next_due": _next_due(entry, shown),
        "versions": [_version(version) for version in versions],
        "runs": [_run(run, labels) for run in runs],
        "results": _results(session, _latest(runs)),
        "gates": shown,
        "deployments": _deployments(session, model.id, labels),
        "findings": [*_unwritten(session, entry), *_findings(session, model, asker, entry)],
        "doubts": findings_on_record(session, [model.id]).doubts,
        "documents": list(DOCUMENTS), "packs": _packs(session, [run.id for run in runs]),
        "imported_packs": _imported_packs(session, model.id),
        "dags": model.dags, "yaml": model.source, "problems": model.problems,
        "events": _events(session, model.id),
        "waivers": waiver_rows(session, [model.id], asker), "overlays": overlay_rows(session, [model.id]),
    }


_BY_CLOCK: dict[str, Any] = {"title": "waiver", "state": "open", "raised_by": None, "owner": None, "due_at": None, "overdue": False, "plan_overdue": False,
             "expires_at": None, "blocks": "", "ended": "", "next_step": "", "acts": [], "history": [], "proposal": None}


def _unwritten(session: Session, entry: Entry) -> list[dict[str, Any]]:
    return [one | _BY_CLOCK for one in unwritten(session, {entry.model.id: entry.legacy} if entry.legacy else {}, entry.at)]


def _about(model: ModelRow) -> dict[str, Any]:
    return {"purpose": model.purpose, "location": model.location, "definition": model.definition,
            "review_every": model.review_every, "seen_at": iso(model.seen_at)}


def _spoken_for(entry: Entry, versions: Sequence[VersionRow]) -> dict[str, Any]:
    """The version in use, if there is one, and apart from it the newest; `versions` is newest first."""
    speaks = entry.champion
    newest = versions[0] if versions else None
    return {"champion": speaks.version if speaks and speaks.state in SERVING else None,
            "latest": {"version": newest.version, "state": newest.state} if newest else None}


def _next_due(entry: Entry, gates: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    due = [(gate["due_at"], f"decision at {gate['step']}", gate["id"]) for gate in gates if gate["waits"] and gate["due_at"]]
    if entry.review:
        due.append((iso(entry.review) or "", "review", 0))
    if not due:
        return None
    at, what, gate = min(due)
    return {"what": what, "at": at, "gate": gate or None, "overdue": at < (iso(entry.at) or "")}


def _latest(runs: Sequence[RunRow]) -> list[int]:
    """The newest run of each life cycle, of those about today; `runs` is newest first."""
    newest: dict[str, int] = {}
    for run in runs:
        if run.as_of is None:
            newest.setdefault(run.lifecycle, run.id)
    return list(newest.values())


def _version(row: VersionRow) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "artifact": row.artifact, "artifact_name": row.artifact_name,
            "kind": row.kind, "state": row.state, "reason": row.reason, "authors": row.authors,
            "registered_by": row.registered_by, "registered_at": iso(row.registered_at)}


def _run(row: RunRow, labels: dict[int, str]) -> dict[str, Any]:
    return {"id": row.id, "dag_id": row.dag_id, "run_id": row.run_id, "lifecycle": row.lifecycle,
            "version": labels.get(row.version_id), "started_by": row.started_by, "started_at": iso(row.started_at),
            "verdict": row.verdict, "warned": row.warned, "decided_at": iso(row.decided_at), "subject": row.subject,
            "plan": row.plan, "manifest": row.manifest}


def _results(session: Session, runs: Collection[int]) -> list[dict[str, Any]]:
    found = session.scalars(select(ResultRow).where(ResultRow.run.in_(runs), ResultRow.current).order_by(ResultRow.id))
    return [result_row(row) for row in found]


def result_row(row: ResultRow) -> dict[str, Any]:
    """A result with its judged rows, the worst first."""
    return {"run": row.run, "step": row.step, "uses": row.uses, "status": row.status, "verdict": row.verdict,
            "warned": row.warned, "message": row.message, "evidence": row.evidence, "at": iso(row.at),
            "files": [name for name, check in ATTACHMENTS.items() if check == row.uses and name in row.products],
            "judgements": worst_first(row.judgements)}


def _deployments(session: Session, model_id: str, labels: dict[int, str]) -> list[dict[str, Any]]:
    found = session.scalars(
        select(DeploymentRow).where(DeploymentRow.model_id == model_id).order_by(DeploymentRow.id.desc()).limit(RUNS)
    )
    return [{"id": row.id, "environment": row.environment, "version": labels.get(row.version_id),
             "artifact": row.artifact, "subject": row.subject, "epoch": row.epoch, "cause": row.cause,
             "state": row.state, "target": row.target, "strength": row.strength, "observed": row.observed,
             "observed_at": iso(row.observed_at), "at": iso(row.at), "trial": _trial(session, row)} for row in found]


def _trial(session: Session, row: DeploymentRow) -> str:
    """Until when a canary bakes or a version is watched, in words; empty where it is on no trial."""
    trial = trial_of(session, row)
    return trial.told if trial is not None else ""


def _findings(session: Session, model: ModelRow, asker: Asker, entry: Entry) -> list[dict[str, Any]]:
    found = session.scalars(
        select(FindingRow).where(FindingRow.model_id == model.id).order_by(FindingRow.id.desc()).limit(EVENTS)
    ).all()
    return finding_pages(session, found, model, asker, entry.at)


def _packs(session: Session, runs: Collection[int]) -> list[dict[str, Any]]:
    found = session.scalars(select(PackRow).where(PackRow.run.in_(runs)).order_by(PackRow.id.desc()))
    return [{"run": row.run, "digest": row.digest, "at": iso(row.at)} for row in found]


def _imported_packs(session: Session, model_id: str) -> list[dict[str, Any]]:
    found = session.scalars(select(ImportedPackRow).where(ImportedPackRow.model_id == model_id)
                            .order_by(ImportedPackRow.made_at.desc(), ImportedPackRow.id.desc()).limit(RUNS))
    return [{"digest": row.digest, "environment": row.environment, "version": row.version, "artifact": row.artifact, "signer": row.signer,
             "subject": row.subject, "verdict": row.verdict, "run": row.run, "made_at": iso(row.made_at), "imported_by": row.imported_by,
             "imported_at": iso(row.at), **row.told} for row in found]


def _events(session: Session, model_id: str) -> list[dict[str, Any]]:
    found = session.scalars(
        select(EventRow).where(EventRow.model_id == model_id).order_by(EventRow.index.desc()).limit(EVENTS)
    )
    told = [(row, json.loads(row.body)) for row in found]
    return [{"index": row.index, "kind": row.kind, "outcome": row.outcome, "leaf": row.leaf, "at": iso(row.at), "login": body.get("login") or "",
             "facts": body.get("facts", {})} for row, body in told]
