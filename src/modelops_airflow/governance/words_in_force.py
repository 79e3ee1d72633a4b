"""Words that are in force: nobody erases the terms that something is under, before that has ended."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.tables import FindingRow, RunRow, VersionRow, VersionState, WaivedRow
from ..ledger import EventRow
from ..policy.model_overlay import ACTIVE, PROPOSED
from ..policy.waiver import REQUESTED
from .control_waivers import control_waivers
from .finding_record import findings_on_record
from .overlays import overlays
from .restrictions import restrictions_of

_ENDED = (VersionState.RETIRED.value, VersionState.REJECTED.value)


def words_in_force(session: Session, model_id: str) -> dict[str, str]:
    """Digest of words of a model -> what is in force in them, in words."""
    at = database_time(session)
    found = {one.terms: f"overlay {one.name} is {one.state(at)}" for one in overlays(session, [model_id]).values() if one.state(at) in (PROPOSED, ACTIVE)}
    for version in session.scalars(select(VersionRow).where(VersionRow.model_id == model_id, VersionRow.state.not_in(_ENDED))):
        found |= {one.terms: f"version {version.version} is restricted to these terms"
                  for one in restrictions_of(session, model_id, version.version) if not one.lifted}
    return found | _waivers(session, model_id) | _holds(session, model_id) | _proposals(session, model_id)


def _waivers(session: Session, model_id: str) -> dict[str, str]:
    """Those that are asked for or count, and those that what may still go live rests on."""
    at = database_time(session)
    rests = set(session.scalars(select(WaivedRow.terms).join(RunRow, RunRow.id == WaivedRow.run).join(VersionRow, VersionRow.id == RunRow.version_id)
                                .where(RunRow.model_id == model_id, VersionRow.state.not_in(_ENDED))))
    return {one.terms: f"waiver {one.number} is {one.state(at)}" for one in control_waivers(session, [model_id]).values()
            if one.state(at) == REQUESTED or one.in_force(at) or one.terms in rests}


def _holds(session: Session, model_id: str) -> dict[str, str]:
    found = dict[int, str]()
    for row in session.scalars(select(EventRow).where(EventRow.kind.in_(("hold-placed", "hold-lifted")), EventRow.model_id == model_id,
                                                      EventRow.outcome == "done").order_by(EventRow.index)):
        facts = json.loads(row.body)["facts"]
        if row.kind == "hold-placed":
            found[row.index] = facts["reason"]
        else:
            found.pop(facts["hold"], None)
    return {words: f"hold {number} stands" for number, words in found.items()}


def _proposals(session: Session, model_id: str) -> dict[str, str]:
    """What one person proposed to do about a finding, for a second to agree to."""
    record = findings_on_record(session, [model_id])
    rows = session.scalars(select(FindingRow).where(FindingRow.model_id == model_id, FindingRow.closed_at.is_(None)))
    return {event[name]: f"it is proposed for finding {row.id}, and waits for a second person" for row in rows if (asked := record.of(row).asked) is not None
            for event in record.events_of(row) if event["said"] == asked.terms for name in ("words", "controls") if event[name]}
