"""The facts of a fleet at one moment, for the board report: rows with the ledger index or the digest that each rests on, and what they count to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...database import database_time
from ...documents.fleet import FORM
from ...documents.fleet_counts import MET, NOT_MET, NOT_TESTED, OVERDUE, WAIVED, fleet_counts
from ...evidence.manifest import judged_steps
from ...governance.control_waivers import control_waivers, judged_run, lapsed, waived_steps
from ...governance.documents import fetch
from ...history.as_of import NOT_ASKED, NOT_KNOWN, AsOf, ControlThen, PackThen
from ...history.fleet import fleet as history
from ...inventory.tables import ModelRow, ResultRow, RunRow
from ...ledger.append import tip
from ...ledger.table import EventRow
from ...policy import control_status
from .clock import aware, iso
from .fleet import Entry, entries, rows
from .fleet_troubles import open_findings, open_incidents

if TYPE_CHECKING:
    from ...evidence.store import BlobStore
    from ...inventory.register import Register

NOTABLE = ("promotion", "live", "rollback", "suspended", "retired", "pulled-back", "canary-stopped", "break-glass", "governance-activated", "withdrawal", "waive", "incident")
"""Beginnings of kinds of events that are told one by one; the others are counted."""
_STATUS = {"pass": MET, "fail": NOT_MET}
_OF_CONTROLS = {control_status.SATISFIED: MET, control_status.NOT_SATISFIED: NOT_MET, control_status.PARTIALLY: NOT_MET, control_status.WAIVED: WAIVED,
                control_status.OVERDUE: OVERDUE, control_status.NOT_TESTED: NOT_TESTED, NOT_KNOWN: NOT_TESTED}


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
        stood = {state.model: state for state in history(session, store, chosen, now)}
        models = [_model(session, entry, stood[entry.model.id], shown[entry.model.id], last) for entry, last in zip(fleet, _last_events(session, chosen), strict=True)]
        facts: dict[str, Any] = {
            "form": FORM, "made_at": iso(now), "since": since.isoformat() if since else None, "hidden": len(every) - len(chosen),
            "ledger": {"size": head.index + 1 if head else 0, "root": head.root if head else None},
            "models": models, "findings": open_findings(session, fleet, now), "incidents": open_incidents(session, ids, now),
            "changes": _changes(session, chosen, since),
        }
    return facts | {"counts": fleet_counts(facts)}


def _model(session: Session, entry: Entry, state: AsOf, shown: Mapping[str, Any], last: int | None) -> dict[str, Any]:
    asked = [one for run, plan in _last_plans(session, entry) for one in _steps(session, run, plan, state.at)]
    return {"id": entry.model.id, "name": entry.model.name, "tier": entry.model.tier, "state": entry.state, "owner": entry.model.owner,
            "version": entry.champion.version if entry.champion else None, "environment": shown["environment"],
            "review": iso(entry.review), "review_overdue": entry.review_late, "gates_open": entry.waiting, "gates_overdue": entry.late_gates,
            "rests_on": last, "requirements": asked + (_controls(state) if entry.champion is not None else [])}


def _last_plans(session: Session, entry: Entry) -> list[tuple[RunRow, Mapping[str, Any]]]:
    """The last decided run of each life cycle over the version that speaks for a model, with the plan that it was decided under."""
    if entry.champion is None:
        return []
    found = session.scalars(select(RunRow).where(
        RunRow.version_id == entry.champion.id, RunRow.decided_at.is_not(None), RunRow.as_of.is_(None)).order_by(RunRow.decided_at, RunRow.id))
    return [(run, fetch(session, run.plan)) for run in {run.lifecycle: run for run in found}.values()]


def _steps(session: Session, run: RunRow, plan: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """What rules of tiers ask of a run: each judged step that somebody demands.

    One without a result is not tested; one that its decision let pass by waivers is waived for as long as they count.
    """
    waived = _waived(session, run, now)
    results = {row.step: row for row in session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current))}
    told = []
    for step in judged_steps(plan):
        if step["required_by"]:
            row = results.get(step["id"])
            status = _STATUS.get(row.verdict or "", NOT_TESTED) if row else NOT_TESTED
            told.append({"what": f"{plan['lifecycle']}: {step['id']}", "by": ", ".join(step["required_by"]), "status": WAIVED if status == NOT_MET and step["id"] in waived else status,
                         "evidence": row.evidence if row else None, "at": iso(row.at) if row else None})
    return told


def _waived(session: Session, run: RunRow, now: datetime) -> set[str]:
    """The steps of which every waiver that the decision names counts still."""
    found = waived_steps(session, run)
    known = control_waivers(session, [run.model_id]) if found else {}
    return {step for step, named in found.items() if not lapsed(named, known, now, judged_run(session, run, fetch(session, run.plan)))}


def _controls(state: AsOf) -> list[dict[str, Any]]:
    """What packs ask, control by control, as `policies met` answers it for the same moment: by the definition and evidence on record.

    What the record cannot tell is a requirement that is not tested, and never nothing.
    """
    if state.asked is None:
        return [_not_known("policy packs", state.trouble)] if state.trouble else []
    told = [_control(one, pack) for pack in state.packs if pack.answer != NOT_ASKED for one in pack.controls if one.status.status != control_status.NOT_APPLICABLE]
    return told + [_not_known(pack.name, str(pack.told["why"])) for pack in state.packs if pack.answer == NOT_KNOWN and not pack.controls]


def _not_known(by: str, why: str) -> dict[str, Any]:
    return {"what": f"what is asked is not known: {why}"[:300], "by": by, "status": NOT_TESTED, "evidence": None, "at": None}


def _control(one: ControlThen, pack: PackThen) -> dict[str, Any]:
    status = one.status
    why = status.why or "; ".join(what for what, _ in status.lacking)
    last = max(one.proofs, key=lambda proof: proof.index, default=None)
    return {"what": f"{status.control}{': ' + why if why else ''}"[:300], "by": f"{pack.name}{' (draft pack)' if status.draft else ''}", "status": _OF_CONTROLS[status.status],
            "evidence": last.digest if last else None, "at": iso(last.at) if last else None}


def _last_events(session: Session, ids: Collection[str]) -> list[int | None]:
    """The last event of the ledger about each model, in the order of the ids."""
    found = session.execute(select(EventRow.model_id, func.max(EventRow.index)).where(EventRow.model_id.in_(ids)).group_by(EventRow.model_id))
    last = {row[0]: row[1] for row in found}
    return [last.get(one) for one in ids]


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
