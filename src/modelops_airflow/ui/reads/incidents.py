"""Incidents as the pages and the command line show them: where each stands, and its clocks as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...governance.documents import words
from ...governance.incident import incidents, why_not_closed
from ...inventory.tables import IncidentEntryRow, IncidentRow
from ...policy.calendar import CALENDARS, Calendar, calendars_of
from ...policy.incident import Act, Incident, Running
from .clock import iso, now
from .gates import NO_GOVERNANCE, Asker


def incident_rows(session: Session, models: frozenset[str], asker: Asker) -> list[dict[str, Any]]:
    """Incidents of which the caller may see every model, the newest first."""
    rows = [row for row in session.scalars(select(IncidentRow).order_by(IncidentRow.id.desc())) if set(row.models) <= models]
    found, at = incidents(session, rows), now()
    calendars = calendars_of(asker.governance) if asker.governance else CALENDARS
    return [_row(session, row, found[row.id], calendars, asker, at) for row in rows]


def open_incidents(session: Session, model_id: str, models: frozenset[str], asker: Asker) -> list[dict[str, Any]]:
    """Those of one model that are not closed."""
    return [one for one in incident_rows(session, models, asker) if model_id in one["models"] and one["state"] != Act.CLOSED]


def incident_page(session: Session, row: IncidentRow, asker: Asker) -> dict[str, Any]:
    """One incident with the words of everything that was done."""
    calendars = calendars_of(asker.governance) if asker.governance else CALENDARS
    entries = session.scalars(select(IncidentEntryRow).where(IncidentEntryRow.incident == row.id).order_by(IncidentEntryRow.id))
    told = _row(session, row, incidents(session, [row])[row.id], calendars, asker, now())
    return told | {"happened": words(session, row.words, "happened")["happened"], "entries": [_entry(session, one) for one in entries]}


def _row(session: Session, row: IncidentRow, incident: Incident, calendars: Mapping[str, Calendar], asker: Asker, at: datetime) -> dict[str, Any]:
    refused = why_not_closed(session, asker.governance, row, incident, asker.person) if asker.governance else ("state", NO_GOVERNANCE)
    return {
        "id": row.id, "title": words(session, row.words, "title")["title"], "kind": incident.kind_now, "severity": row.severity, "models": row.models,
        "state": incident.state, "known_at": iso(row.known_at), "opened_by": row.person, "opened_at": iso(row.at),
        "clocks": _clocks(incident.clocks(calendars), at), "why_not_closed": refused[1] if refused else "",
    }


def _clocks(running: Sequence[Running], at: datetime) -> list[dict[str, Any]]:
    return [{
        "clock": one.deadline.clock.name, "law": one.deadline.clock.law, "section": one.deadline.clock.section, "duty": one.deadline.clock.duty,
        "read": one.deadline.clock.read, "last_day": one.deadline.last_day.isoformat(), "ends_at": iso(one.deadline.ends_at),
        "days_left": one.deadline.days_left(at), "state": one.state(at), "overdue": one.overdue(at),
    } for one in running]


def _entry(session: Session, row: IncidentEntryRow) -> dict[str, Any]:
    return {"act": row.act, "person": row.person, "at": iso(row.at), "kind": row.kind, "clock": row.clock, "report": row.report,
            "sent_at": iso(row.sent_at), **words(session, row.words, "authority", "reference", "words")}
