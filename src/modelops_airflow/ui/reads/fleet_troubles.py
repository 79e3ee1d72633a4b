"""What is wrong in a fleet at one moment, for its facts: open findings as the ledger has them, and open incidents with the notices that they owe."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...governance.activate import active
from ...governance.finding_record import findings_on_record
from ...governance.incident import ENTERED, OPENED, incidents
from ...inventory.tables import FindingRow, IncidentRow
from ...ledger.table import EventRow
from ...policy.calendar import calendars_of
from ...policy.finding import Finding, as_of
from ...policy.finding_rules import State
from ...policy.incident import Act
from .clock import aware, iso
from .fleet import Entry
from .legacy import unwritten


def open_findings(session: Session, fleet: Collection[Entry], now: datetime) -> list[dict[str, Any]]:
    """Each open one with its state and due date; an accepted risk owes nothing until its acceptance ends."""
    ids = [entry.model.id for entry in fleet]
    rows = session.scalars(select(FindingRow).where(FindingRow.model_id.in_(ids), FindingRow.closed_at.is_(None)).order_by(FindingRow.opened_at, FindingRow.id)).all()
    record = findings_on_record(session, ids)
    told = [_finding(row, as_of(record.of(row), now), now) for row in rows]
    late = unwritten(session, {entry.model.id: entry.legacy for entry in fleet if entry.legacy}, now)
    return told + [{key: one[key] for key in ("model", "kind", "severity", "message", "opened_at")}
                   | {"days": 0, "state": State.OPEN.value, "due_at": None, "overdue": False, "accepted_until": None} for one in late]


def _finding(row: FindingRow, found: Finding, now: datetime) -> dict[str, Any]:
    accepted = found.state is State.RISK_ACCEPTED
    return {"model": row.model_id, "kind": row.kind, "severity": row.severity, "message": row.message, "opened_at": iso(row.opened_at),
            "days": _days(row.opened_at, now), "state": found.state.value.replace("_", " "), "due_at": iso(found.due_at), "overdue": found.overdue(now),
            "accepted_until": iso(found.expires_at) if accepted else None}


def open_incidents(session: Session, ids: Collection[str] | None, now: datetime) -> list[dict[str, Any]]:
    """Each incident that is not closed, of models that may all be told, with the last event of the ledger about it. What people wrote of it stays out."""
    rows = [row for row in session.scalars(select(IncidentRow).order_by(IncidentRow.id)) if ids is None or set(row.models) <= set(ids)]
    if not rows:
        return []
    found, calendars, last = incidents(session, rows), calendars_of(active(session)), _last_events(session)
    told = []
    for row in rows:
        one = found[row.id]
        if one.state != Act.CLOSED:
            owed = [running for running in one.clocks(calendars) if running.entry is None]
            told.append({"number": row.id, "kind": one.kind_now, "severity": row.severity, "models": ", ".join(row.models), "state": one.state,
                         "known_at": iso(row.known_at), "notices": len(owed), "notices_late": sum(running.overdue(now) for running in owed),
                         "rests_on": last.get(row.id)})
    return told


def _last_events(session: Session) -> dict[int, int]:
    """By incident: the index of the last event about it."""
    events = session.execute(select(EventRow.index, EventRow.body).where(EventRow.kind.in_((OPENED, ENTERED)), EventRow.outcome == "done").order_by(EventRow.index))
    return {json.loads(body)["facts"]["incident"]: index for index, body in events}


def _days(opened: datetime, now: datetime) -> int:
    at = aware(opened)
    return (now - at).days if at else 0
