"""Restrictions of versions in use, as the ledger has them: by conditions of an approval, or by a person of the control side."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import Digest, digest_of
from ..errors import EvidenceError
from ..inventory.tables import DeploymentRow, DeploymentState, VersionRow, VersionState
from ..ledger import EventRow, append
from ..ledger.append import instant
from ..policy.restriction import Restriction, strictest
from .conditions import FINDING as CONDITIONS_OPEN
from .conditions import conditional
from .documents import GONE, fetch, keep
from .strategy import CANARY
from .versions import close_finding, move, open_finding

RESTRICTED, BY_PERSON, MET = "restricted", "restricted-by-person", "conditions-met"
FINDING, SYSTEM = "restricted", "system"
_LOG = logging.getLogger(__name__)


def restrictions_of(session: Session, model_id: str, version: str) -> list[Restriction]:
    """Every restriction of a version, lifted or not, in the ledger's order; none takes the place of another.

    Tasks tell some of the events: one that cannot be read changes nothing, and stops none of the others.
    """
    found: dict[int, Restriction] = {}
    query = select(EventRow.kind, EventRow.index, EventRow.body).where(
        EventRow.kind.in_((RESTRICTED, BY_PERSON, MET)), EventRow.model_id == model_id, EventRow.outcome == "done").order_by(EventRow.index)
    for kind, index, body in session.execute(query):
        facts = json.loads(body)["facts"]
        if facts.get("version") != version:
            continue
        try:
            _replay(found, kind, index, facts)
        except (KeyError, OverflowError, TypeError, ValueError):
            _LOG.warning("event %s: a %s of version %s of %s that cannot be read, and changes nothing", index, kind, version, model_id)
    return list(found.values())


def standing(session: Session, row: VersionRow, subjects: Collection[str | None]) -> list[Restriction]:
    """What a version is under, approved over some subjects; conditions of another approval are not these ones'."""
    return [one for one in restrictions_of(session, row.model_id, row.version) if not one.lifted and (one.subject is None or one.subject in subjects)]


def _replay(found: dict[int, Restriction], kind: str, index: int, facts: Mapping[str, Any]) -> None:
    """What an event makes of the restrictions before it."""
    if kind != MET:
        until = moment(str(facts["until"]))
        if until.tzinfo is None:
            raise ValueError(f"{until} is of no time zone")
        by, subject = (str(facts["by"]), None) if kind == BY_PERSON else (SYSTEM, facts.get("subject"))
        found[index] = Restriction(str(facts["version"]), str(facts["terms"]), until, by, subject, number=index)
    elif (one := found.get(int(facts["restriction"]))) is not None:
        found[one.number] = one.met(str(facts["by"]), frozenset(facts.get("roles", ())))


def in_force(session: Session, row: VersionRow, subject: str | None) -> Restriction | None:
    """The strictest restriction that a version is under, approved over a subject."""
    return strictest(standing(session, row, [subject]))


def in_use_under(session: Session, row: VersionRow) -> list[Restriction]:
    """What a version is under wherever it is live."""
    return standing(session, row, list(session.scalars(select(DeploymentRow.subject).where(
        DeploymentRow.version_id == row.id, DeploymentRow.state == DeploymentState.LIVE.value, DeploymentRow.cause != CANARY))))


def obstacle(session: Session, row: VersionRow, subject: str | None) -> str:
    """Why a version's restriction keeps it from going live now; empty if it does not."""
    found = in_force(session, row, subject)
    if found is None or not found.ended(database_time(session)):
        return ""
    return f"the restriction of version {row.version} ended on {found.until:%Y-%m-%d}; release a new version"


def goes_live(session: Session, row: DeploymentRow, version: VersionRow) -> None:
    """Put a version that is live into use: fully, or restricted where its approval has conditions or somebody restricted it."""
    conditions, until = conditional(session, row.subject)
    if conditions and until is not None:
        terms = keep(session, {"conditions": conditions})
        if not any((one.terms, one.subject) == (terms, row.subject) and (one.lifted or one.until <= until)
                   for one in restrictions_of(session, row.model_id, version.version)):
            append(session, RESTRICTED, {"by": SYSTEM, "subject": row.subject, "terms": terms, "until": instant(until), "version": version.version},
                   model_id=row.model_id)
    put_in_use(session, version)


def put_in_use(session: Session, version: VersionRow) -> None:
    """Full use of a version that is live, or restricted use while anything restricts it in any environment."""
    found = in_use_under(session, version)
    move(version, VersionState.RESTRICTED if found else VersionState.IN_USE, told(session, found))


def told(session: Session, found: Sequence[Restriction]) -> str:
    """Restrictions in words, the strictest first: until when, and what is asked or allowed meanwhile."""
    ordered = sorted(found, key=lambda one: (one.until, one.number))
    return "; ".join(f"restricted until {one.until:%Y-%m-%d}: {'; '.join(words(session, one.terms))}" for one in ordered)


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


def lifted(session: Session, version: VersionRow) -> None:
    """A restriction of a version was lifted: it is in full use where no other stands, and findings of what stands nowhere close."""
    put_in_use(session, version)
    live = session.scalars(select(VersionRow).where(VersionRow.model_id == version.model_id, VersionRow.id.in_(
        select(DeploymentRow.version_id).where(DeploymentRow.state == DeploymentState.LIVE.value)))).all()
    if not any(one.subject is None for row in live for one in in_use_under(session, row)):
        close_finding(session, version.model_id, FINDING, "what two people said of its conditions")
    watch_conditions(session, version.model_id, "what two people said of its conditions")


def watch_conditions(session: Session, model_id: str, seen: str) -> None:
    """A model carries a finding while what is live of it was approved under conditions that nobody said are met."""
    words = list[str]()
    for row, version in session.execute(select(DeploymentRow, VersionRow).join(VersionRow, VersionRow.id == DeploymentRow.version_id).where(
            DeploymentRow.model_id == model_id, DeploymentRow.state == DeploymentState.LIVE.value).order_by(DeploymentRow.id.desc())):
        conditions, until = conditional(session, row.subject)
        terms = digest_of({"conditions": conditions})
        if conditions and not any(one.lifted and (one.terms, one.subject) == (terms, row.subject)
                                  for one in restrictions_of(session, model_id, version.version)):
            words.append(f"approved under conditions until {until.date() if until else 'its end'}: {'; '.join(conditions)}")
    if words:
        open_finding(session, model_id, CONDITIONS_OPEN, "medium", "; ".join(dict.fromkeys(words)))
    else:
        close_finding(session, model_id, CONDITIONS_OPEN, seen)


def moment(text: str) -> datetime:
    """A moment as events have it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
