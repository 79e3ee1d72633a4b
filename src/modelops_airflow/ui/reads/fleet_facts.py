"""The facts of a fleet at one moment, for the board report: rows with the ledger index or the digest that each rests on, and what they count to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...database import database_time
from ...documents.fleet import FORM
from ...documents.fleet_counts import MET, NOT_MET, NOT_TESTED, OVERDUE, WAIVED, fleet_counts
from ...evidence.manifest import judged_steps
from ...governance.control_waivers import judged_model, waivers_in_force
from ...governance.documents import fetch
from ...inventory.tables import FindingRow, ModelRow, ResultRow, RunRow
from ...ledger.append import tip
from ...ledger.table import EventRow
from ...policy import control_status
from ...steps.control_evidence import evidence_in_register
from .clock import aware, iso
from .fleet import Entry, entries, rows
from .legacy import unwritten

if TYPE_CHECKING:
    from ...evidence.store import BlobStore
    from ...inventory.register import Register
    from ...policy.control_status import Status

NOTABLE = ("promotion", "live", "rollback", "suspended", "retired", "pulled-back", "canary-stopped", "break-glass", "governance-activated", "withdrawal", "waive", "incident")
"""Beginnings of kinds of events that are told one by one; the others are counted."""
_STATUS = {"pass": MET, "fail": NOT_MET}
_OF_CONTROLS = {control_status.SATISFIED: MET, control_status.NOT_SATISFIED: NOT_MET, control_status.PARTIALLY: NOT_MET, control_status.WAIVED: WAIVED,
                control_status.OVERDUE: OVERDUE, control_status.NOT_TESTED: NOT_TESTED}


def fleet_facts(register: Register, store: BlobStore, ids: Collection[str] | None = None, *, since: date | None = None) -> dict[str, Any]:
    """The facts, with their counts.

    Args:
        ids: the models that may be told; every model, if not given.
        since: the day of the last report; without it nothing is told of changes.
    """
    with register.read() as session:
        now, head = database_time(session), tip(session)
        every = list(session.scalars(select(ModelRow.id).where(ModelRow.present).order_by(ModelRow.id)))
        chosen = [one for one in every if ids is None or one in ids]
        fleet = entries(session, chosen)
        shown = {one["id"]: one for one in rows(session, fleet)}
        models = [_model(session, entry, shown[entry.model.id], last) for entry, last in zip(fleet, _last_events(session, chosen), strict=True)]
        facts: dict[str, Any] = {
            "form": FORM, "made_at": iso(now), "since": since.isoformat() if since else None, "hidden": len(every) - len(chosen),
            "ledger": {"size": head.index + 1 if head else 0, "root": head.root if head else None},
            "models": models, "findings": _findings(session, fleet, now), "changes": _changes(session, chosen, since),
        }
    for model in models:
        model["requirements"] += _controls(register, store, model, model.pop("runs"), now)
    return facts | {"counts": fleet_counts(facts)}


def _model(session: Session, entry: Entry, shown: Mapping[str, Any], last: int | None) -> dict[str, Any]:
    plans, asked = _last_plans(session, entry), list[dict[str, Any]]()
    for run, plan in plans:
        asked += _steps(session, run, plan)
    return {"id": entry.model.id, "name": entry.model.name, "tier": entry.model.tier, "state": entry.state, "owner": entry.model.owner,
            "version": entry.champion.version if entry.champion else None, "environment": shown["environment"],
            "review": iso(entry.review), "review_overdue": entry.review_late, "gates_open": entry.waiting, "gates_overdue": entry.late_gates,
            "rests_on": last, "requirements": asked,
            "runs": [(plan, run.manifest) for run, plan in plans]}


def _last_plans(session: Session, entry: Entry) -> list[tuple[RunRow, Mapping[str, Any]]]:
    """The last decided run of each life cycle over the version that speaks for a model, with the plan that it was decided under."""
    if entry.champion is None:
        return []
    found = session.scalars(select(RunRow).where(RunRow.version_id == entry.champion.id, RunRow.decided_at.is_not(None)).order_by(RunRow.decided_at, RunRow.id))
    return [(run, fetch(session, run.plan)) for run in {run.lifecycle: run for run in found}.values()]


def _steps(session: Session, run: RunRow, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What rules of tiers ask of a run: each judged step that somebody demands; one without a result is not tested."""
    results = {row.step: row for row in session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current))}
    told = []
    for step in judged_steps(plan):
        if step["required_by"]:
            row = results.get(step["id"])
            told.append({"what": f"{plan['lifecycle']}: {step['id']}", "by": ", ".join(step["required_by"]), "status": _STATUS.get(row.verdict or "", NOT_TESTED) if row else NOT_TESTED,
                         "evidence": row.evidence if row else None, "at": iso(row.at) if row else None})
    return told


def _controls(
    register: Register, store: BlobStore, model: Mapping[str, Any], runs: Sequence[tuple[Mapping[str, Any], str | None]], now: datetime
) -> list[dict[str, Any]]:
    """What packs ask, control by control, as of now; the evidence is the manifest of the last run, which names all that it measured."""
    asking = [(plan, manifest) for plan, manifest in runs if plan.get("packs")]
    if not asking:
        return []
    with register.read() as session:
        waived = waivers_in_force(session, judged_model(session, session.get_one(ModelRow, model["id"])), model["id"], now)
    found = control_status.statuses([plan for plan, _ in asking], evidence_in_register(register, store, model["id"], model["version"]), now, waived)
    return [_control(one, asking[-1][1]) for one in found if one.status != control_status.NOT_APPLICABLE]


def _control(one: Status, manifest: str | None) -> dict[str, Any]:
    why = one.why or "; ".join(what for what, _ in one.lacking)
    return {"what": f"{one.control}{': ' + why if why else ''}"[:300], "by": f"{one.pack}{' (draft pack)' if one.draft else ''}", "status": _OF_CONTROLS[one.status],
            "evidence": manifest, "at": None}


def _last_events(session: Session, ids: Collection[str]) -> list[int | None]:
    """The last event of the ledger about each model, in the order of the ids."""
    found = session.execute(select(EventRow.model_id, func.max(EventRow.index)).where(EventRow.model_id.in_(ids)).group_by(EventRow.model_id))
    last = {row[0]: row[1] for row in found}
    return [last.get(one) for one in ids]


def _findings(session: Session, fleet: Collection[Entry], now: datetime) -> list[dict[str, Any]]:
    ids = [entry.model.id for entry in fleet]
    found = session.scalars(select(FindingRow).where(FindingRow.model_id.in_(ids), FindingRow.closed_at.is_(None)).order_by(FindingRow.opened_at, FindingRow.id))
    told = [{"model": row.model_id, "kind": row.kind, "severity": row.severity, "message": row.message, "opened_at": iso(row.opened_at), "days": _days(row.opened_at, now)} for row in found]
    late = unwritten(session, {entry.model.id: entry.legacy for entry in fleet if entry.legacy}, now)
    return told + [{key: one[key] for key in ("model", "kind", "severity", "message", "opened_at")} | {"days": 0} for one in late]


def _days(opened: datetime, now: datetime) -> int:
    at = aware(opened)
    return (now - at).days if at else 0


def _changes(session: Session, ids: Collection[str], since: date | None) -> list[dict[str, Any]]:
    """Events of these models since a day, and those of no model; refusals are events too, and say so in their kind."""
    if since is None:
        return []
    begin = datetime.combine(since, time(), UTC)
    found = session.execute(select(EventRow.index, EventRow.kind, EventRow.outcome, EventRow.model_id, EventRow.at).order_by(EventRow.index))
    told = []
    for index, kind, outcome, model, at in found:
        moment = aware(at)
        if moment is not None and moment >= begin and (model is None or model in ids):
            told.append({"index": index, "kind": kind if outcome == "done" else f"{kind}, refused", "model": model or "", "at": iso(at),
                         "told": outcome == "done" and kind.startswith(NOTABLE)})
    return told
