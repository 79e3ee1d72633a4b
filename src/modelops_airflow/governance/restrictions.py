"""Restrictions of versions in use, as the ledger has them: by conditions of an approval, or by a person of the control side."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import Digest
from ..inventory.tables import DeploymentRow, VersionRow, VersionState
from ..ledger import EventRow, append
from ..ledger.append import instant
from ..policy.restriction import Restriction
from .conditions import conditional
from .documents import fetch, keep
from .versions import close_finding, move

RESTRICTED, BY_PERSON, MET = "restricted", "restricted-by-person", "conditions-met"
FINDING = "restricted"
_LOG = logging.getLogger(__name__)


def restriction_of(session: Session, model_id: str, version: str) -> Restriction | None:
    """The last restriction of a version, lifted or not; None if it never had one."""
    found: Restriction | None = None
    query = select(EventRow.index, EventRow.kind, EventRow.body).where(
        EventRow.kind.in_((RESTRICTED, BY_PERSON, MET)), EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index)
    for index, kind, body in session.execute(query):
        facts = json.loads(body)["facts"]
        if facts.get("version") != version:
            continue
        try:
            found = _after(found, kind, facts)
        except (KeyError, OverflowError, TypeError, ValueError):  # tasks tell some of them, so that none may stop the others
            _LOG.warning("event %s: a %s of version %s of %s that cannot be read, and changes nothing", index, kind, version, model_id)
    return found


def _after(found: Restriction | None, kind: str, facts: Mapping[str, Any]) -> Restriction | None:
    """What an event makes of the restriction before it."""
    if kind == MET:
        return None if found is None else found.met(str(facts["by"]), frozenset(facts.get("roles", ())))
    until = moment(facts["until"])
    if until.tzinfo is None:
        raise ValueError(f"{until} is of no time zone")
    return Restriction(str(facts["version"]), str(facts["terms"]), until, str(facts["by"]), facts.get("subject"))


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
    """The conditions, or the terms of use."""
    body = fetch(session, terms)
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
