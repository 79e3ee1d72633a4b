"""Restrictions of versions in use, as the ledger has them: by conditions of an approval, or by a person of the control side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import Digest
from ..errors import EvidenceError
from ..inventory.tables import DeploymentRow, VersionRow, VersionState
from ..ledger import EventRow, append
from ..ledger.append import instant
from ..policy.restriction import Restriction
from .conditions import conditional
from .documents import GONE, fetch, keep
from .versions import close_finding, move

RESTRICTED, BY_PERSON, MET = "restricted", "restricted-by-person", "conditions-met"
FINDING = "restricted"


def restriction_of(session: Session, model_id: str, version: str) -> Restriction | None:
    """The last restriction of a version, lifted or not; None if it never had one."""
    found: Restriction | None = None
    query = select(EventRow.kind, EventRow.body).where(
        EventRow.kind.in_((RESTRICTED, BY_PERSON, MET)), EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index)
    for kind, body in session.execute(query):
        facts = json.loads(body)["facts"]
        if facts["version"] != version:
            continue
        if kind != MET:
            found = Restriction(version, str(facts["terms"]), moment(facts["until"]), str(facts["by"]), facts.get("subject"))
        elif found is not None:
            found = found.met(str(facts["by"]), frozenset(facts.get("roles", ())))
    return found


def in_force(session: Session, row: VersionRow, subject: str | None) -> Restriction | None:
    """The restriction that a version is under, approved over a subject; conditions of another approval are not this one's."""
    found = restriction_of(session, row.model_id, row.version)
    if found is None or found.lifted or found.subject not in (None, subject):
        return None
    return found


def obstacle(session: Session, row: VersionRow, subject: str | None) -> str:
    """Why a version's restriction keeps it from going live now; empty if it does not."""
    found = in_force(session, row, subject)
    if found is None or not found.ended(database_time(session)):
        return ""
    return f"the restriction of version {row.version} ended on {found.until:%Y-%m-%d}; release a new version"


def goes_live(session: Session, row: DeploymentRow, version: VersionRow) -> None:
    """Put a version that is live into use: fully, or restricted where its approval has conditions or somebody restricted it."""
    found = in_force(session, version, row.subject)
    conditions, until = conditional(session, row.subject)
    last = restriction_of(session, row.model_id, version.version)
    if found is None and conditions and until is not None:
        terms = keep(session, {"conditions": conditions})
        if last is None or (last.terms, last.subject, last.lifted) != (terms, row.subject, True):
            append(session, RESTRICTED, {"by": "system", "subject": row.subject, "terms": terms, "until": instant(until), "version": version.version},
                   model_id=row.model_id)
            found = Restriction(version.version, terms, until, "system", row.subject)
    move(version, VersionState.IN_USE if found is None else VersionState.RESTRICTED, "" if found is None else told(session, found))


def told(session: Session, one: Restriction) -> str:
    """A restriction in words: until when, and what is asked or allowed meanwhile."""
    return f"restricted until {one.until:%Y-%m-%d}: {'; '.join(words(session, one.terms))}"


def words(session: Session, terms: str) -> Sequence[str]:
    """The conditions, or the terms of use; of what is no longer there that it is not, since nothing that goes live waits for words."""
    try:
        body = fetch(session, terms)
    except EvidenceError:
        return [GONE]
    return list(body["conditions"]) if "conditions" in body else [str(body["terms"])]


def kept_terms(session: Session, text: str) -> Digest:
    """The digest of terms of use, whose words stay beside the ledger."""
    return keep(session, {"terms": text})


def lift(session: Session, version: VersionRow) -> None:
    """Put a restricted version into full use: what was asked is done."""
    move(version, VersionState.IN_USE)
    for kind in (FINDING, "conditions-open"):
        close_finding(session, version.model_id, kind, "what two people said of its conditions")


def moment(text: str) -> datetime:
    """A moment as events have it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
