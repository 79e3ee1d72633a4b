"""Incidents: the list, one of them, opening one, and what is done about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from ...errors import Refused
from ...governance.incident import Doing, Opening, enter, open_incident
from ...inventory.tables import IncidentRow
from ...policy.incident import Act
from ..failures import not_found
from ..guard import Body, Visible, body_of
from ..names import RowId
from ..reads.gates import Asker
from ..reads.incidents import incident_page, incident_rows
from ..viewer import RegisterDep, Viewer, ViewerDep

router = APIRouter(prefix="/incidents")

Words = Annotated[Visible, Field(min_length=1, max_length=4000, pattern=r"\S")]
Line = Annotated[Visible, Field(max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]


class Report(Body):
    """What happened, to which models, and when it became known."""

    kind: Name
    severity: Name
    models: Annotated[list[Name], Field(min_length=1, max_length=100)]
    known_at: AwareDatetime
    title: Annotated[Visible, Field(min_length=1, max_length=200, pattern=r"\S")]
    happened: Words


class EntryBody(Body):
    """What was done about it; a notice names its clock, authority, time and the digest of its text."""

    act: Name
    words: Words
    kind: Name | None = None
    clock: Name | None = None
    report: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    sent_at: AwareDatetime | None = None
    authority: Line = ""
    reference: Line = ""


@router.get("")
def listed(viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """Every incident that the caller may see, with its clocks as they are now."""
    with register.read() as session:
        return {"items": incident_rows(session, viewer.visible(session), Asker.of(viewer, session))}


@router.get("/{incident_id}")
def one(incident_id: RowId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """One incident."""
    with register.read() as session:
        return incident_page(session, _visible(session, incident_id, viewer), Asker.of(viewer, session))


@router.post("", status_code=201)
def opened(viewer: ViewerDep, register: RegisterDep, body: Annotated[Report, Depends(body_of(Report))]) -> dict[str, Any]:
    """Open an incident, as anybody who has a role may."""
    with register.read() as session:
        for model in body.models:
            viewer.model(session, model)
    told = Opening(body.kind, body.severity, body.models, body.known_at, body.title, body.happened)
    return {"id": open_incident(register, viewer.actor, told)}


@router.post("/{incident_id}/entries", status_code=201)
def entered(
    incident_id: RowId, viewer: ViewerDep, register: RegisterDep, body: Annotated[EntryBody, Depends(body_of(EntryBody))]
) -> dict[str, Any]:
    """Put on record what was done about it; the control side closes it."""
    with register.read() as session:
        _visible(session, incident_id, viewer)
    doing = Doing(_act(body.act), body.words, body.kind, body.clock, body.report, body.sent_at, body.authority, body.reference)
    return {"id": incident_id, "state": enter(register, incident_id, viewer.actor, doing)}


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise Refused(f"{name!r} is nothing that is done about an incident; expected one of {', '.join(Act)}", "invalid") from None


def _visible(session: Session, number: int, viewer: Viewer) -> IncidentRow:
    row = session.get(IncidentRow, number)
    if row is None or not set(row.models) <= viewer.visible(session):
        raise not_found(f"incident {number}")
    return row
