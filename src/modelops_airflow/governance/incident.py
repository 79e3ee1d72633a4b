"""Incidents: opened by anybody who has a role, closed by the control side; every word is kept beside the ledger by its digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import acting_roles, answers_for, holders, person_of
from ..database import database_time
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import IncidentEntryRow, IncidentRow, ModelRow
from ..ledger import append
from ..ledger.append import instant
from ..policy.incident import SEVERITIES, Act, Entry, Incident
from ..policy.statutes import CLOCKS, INCIDENTS
from ..spec.types import Governance
from .activate import active
from .documents import keep
from .transaction import Actor, governed

OPENED, ENTERED = "incident-opened", "incident-entry"
_LONGEST = 4000
_SOON = timedelta(minutes=5)
"""By how much the clock of whoever tells a time may be ahead of the database's."""


@dataclass(frozen=True)
class Opening:
    """What somebody says of an incident.

    Attributes:
        known_at: when it became known; the clocks run from then.
    """

    kind: str
    severity: str
    models: Sequence[str]
    known_at: datetime
    title: str
    happened: str


@dataclass(frozen=True)
class Doing:
    """What somebody did about an incident.

    Attributes:
        kind: for `classified`.
        clock, report, sent_at, authority, reference: for `notified`: which clock it answers, the digest of the report's bytes,
            when and to whom it was sent, and the receipt's number.
    """

    act: Act
    words: str
    kind: str | None = None
    clock: str | None = None
    report: str | None = None
    sent_at: datetime | None = None
    authority: str = ""
    reference: str = ""


def open_incident(register: Register, actor: Actor, told: Opening) -> int:
    """Put an incident on record; answers its number.

    Raises:
        Refused: no role, no words, an unknown kind, severity or model, or a time that has not come.
    """
    with governed(register, OPENED, by=actor.label, incident_kind=told.kind if told.kind in INCIDENTS else None) as session:
        person, now = _acting(active(session), actor), database_time(session)
        _permitted("kind", told.kind, INCIDENTS)
        _permitted("severity", told.severity, SEVERITIES)
        models = sorted(set(told.models))
        unknown = set(models) - set(session.scalars(select(ModelRow.id).where(ModelRow.id.in_(models))))
        if unknown or not models:
            raise Refused(f"an incident is of models that the register has; it has no {', '.join(sorted(unknown)) or 'model without a name'}", "invalid")
        _past(told.known_at, now)
        if not told.title.strip() or not told.happened.strip():
            raise Refused("say what happened, in one line and in full", "reason")
        words = keep(session, {"happened": told.happened.strip()[:_LONGEST], "title": " ".join(told.title.split())[:200]})
        row = IncidentRow(kind=told.kind, severity=told.severity, models=models, known_at=told.known_at, words=words, person=person,
                          auth=actor.label, at=now)
        session.add(row)
        session.flush()
        _append(session, OPENED, models, {"auth": actor.label, "by": person, "incident": row.id, "known": instant(told.known_at), "models": models,
                                          "severity": told.severity, "what": told.kind, "words": words})
        return row.id


def enter(register: Register, number: int, actor: Actor, doing: Doing) -> str:
    """Put on record what was done about an incident; answers its state then.

    Raises:
        Refused: there is none, it is closed, no words, or the person may not.
    """
    with governed(register, ENTERED, by=actor.label, act=str(doing.act), incident=number) as session:
        row = session.get(IncidentRow, number)
        if row is None:
            raise Refused(f"there is no incident {number}", "gone")
        rules, now = active(session), database_time(session)
        person = _acting(rules, actor)
        incident = incidents(session, [row])[row.id]
        _require(session, rules, row, incident, person, doing, now)
        words = keep(session, {"authority": doing.authority.strip()[:200], "reference": doing.reference.strip()[:200], "words": doing.words.strip()[:_LONGEST]})
        entry = IncidentEntryRow(incident=row.id, act=str(doing.act), words=words, kind=doing.kind, clock=doing.clock, report=doing.report,
                                 sent_at=doing.sent_at, person=person, auth=actor.label, at=now)
        session.add(entry)
        _append(session, ENTERED, row.models, {
            "act": entry.act, "auth": actor.label, "by": person, "clock": doing.clock, "incident": row.id, "report": doing.report,
            "sent": None if doing.sent_at is None else instant(doing.sent_at), "what": doing.kind, "words": words,
        })
        session.flush()
        return incidents(session, [row])[row.id].state


def incidents(session: Session, rows: Sequence[IncidentRow]) -> dict[int, Incident]:
    """Incidents with their entries, by number. One query."""
    entries: dict[int, list[Entry]] = {row.id: [] for row in rows}
    for one in session.scalars(select(IncidentEntryRow).where(IncidentEntryRow.incident.in_(entries)).order_by(IncidentEntryRow.id)):
        entries[one.incident].append(Entry(Act(one.act), one.person, one.at, one.kind, one.clock, one.sent_at))
    return {row.id: Incident(row.kind, row.person, row.known_at, tuple(entries[row.id])) for row in rows}


def why_not_closed(session: Session, rules: Governance, row: IncidentRow, incident: Incident, person: str | None) -> tuple[str, str] | None:
    """Code and words of why a person may not close an incident now; None if they may."""
    return incident.why_not_closed(person, control=holders(rules, "control"), owners=_owners(session, row))


def _require(session: Session, rules: Governance, row: IncidentRow, incident: Incident, person: str, doing: Doing, now: datetime) -> None:
    """Refuse what may not be entered."""
    if incident.state == Act.CLOSED:
        raise Refused(f"incident {row.id} is closed; open another one", "closed")
    if not doing.words.strip():
        raise Refused("say what was done or found; it goes on record", "reason")
    if doing.act is Act.CLASSIFIED:
        _permitted("kind", doing.kind or "", INCIDENTS)
        if person not in holders(rules, "control"):
            raise Refused("a person of the control side says anew what kind of incident it is: its clocks depend on it", "role")
    if doing.act is Act.NOTIFIED:
        _notice(session, rules, row, person, doing, now)
    refused = why_not_closed(session, rules, row, incident, person) if doing.act is Act.CLOSED else None
    if refused is not None:
        raise Refused(refused[1], refused[0])


def _notice(session: Session, rules: Governance, row: IncidentRow, person: str, doing: Doing, now: datetime) -> None:
    owners = _owners(session, row)
    if not any(answers_for(rules, person, owner) for owner in (*owners, None)):
        raise Refused("the owner of one of its models or the control side records a notice to an authority", "role")
    _permitted("clock", doing.clock or "", CLOCKS)
    if doing.report is None or doing.sent_at is None or not doing.authority.strip():
        raise Refused("a notice is recorded with the authority, the time at which it was sent, and the digest of its text", "invalid")
    _past(doing.sent_at, now)


def _acting(rules: Governance, actor: Actor) -> str:
    person = person_of(rules, actor.manager, actor.user_id)
    if person is None or not acting_roles(rules, person):
        raise Refused("only a person with a role in governance.yaml records incidents", "role")
    return person


def _permitted(what: str, found: str, known: Collection[str]) -> None:
    if found not in known:
        raise Refused(f"{found!r} is no {what}; expected one of {', '.join(known)}", "invalid")


def _past(at: datetime, now: datetime) -> None:
    if at > now + _SOON:
        raise Refused(f"{instant(at)} has not come yet; it is {instant(now)}", "invalid")


def _owners(session: Session, row: IncidentRow) -> set[str]:
    return {owner for owner in session.scalars(select(ModelRow.owner).where(ModelRow.id.in_(row.models))) if owner}


def _append(session: Session, kind: str, models: Sequence[str], facts: dict[str, Any]) -> None:
    """One event a model, so that the history, the packs and the retention of each of them have it."""
    for model in models:
        append(session, kind, facts, model_id=model)
