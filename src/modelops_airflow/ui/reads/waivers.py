"""Waivers of controls as pages and commands show them: where each stands now, in whose words, and how many days are left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ...database import database_time
from ...governance import documents
from ...governance.control_waivers import control_waivers
from ...governance.waive import refusal
from ...inventory.tables import ModelRow
from ...policy.waiver import ControlWaiver
from .clock import iso
from .gates import NO_GOVERNANCE, Asker


def waiver_rows(session: Session, models: Collection[str], asker: Asker | None = None) -> list[dict[str, Any]]:
    """The waivers of some models, the newest first; with an asker also why they may not decide over each."""
    at = database_time(session)
    found = sorted(control_waivers(session, models).values(), key=lambda one: -one.number)
    return [_row(session, one, at) | ({} if asker is None else {"why_not": _why_not(session, one, asker)}) for one in found]


def _row(session: Session, one: ControlWaiver, at: datetime) -> dict[str, Any]:
    words = {"compensating": [], **documents.words(session, one.terms, "reason")}
    return {"number": one.number, "model": one.model, "pack": one.pack, "control": one.control, "state": one.state(at), "until": one.until.isoformat(),
            "days_left": max((one.ends_at - at).days, 0), "days_over": max((at - one.ends_at).days, 0), "reason": words["reason"], "compensating": words["compensating"], "terms": one.terms,
            "asked_by": one.asked_by, "asked_at": iso(one.asked_at), "accepted_by": list(one.accepted_by), "needed": one.needed, "ended_by": one.ended_by}


def _why_not(session: Session, one: ControlWaiver, asker: Asker) -> str:
    model = session.get(ModelRow, one.model)
    if asker.governance is None or model is None:
        return NO_GOVERNANCE
    refused = refusal(session, asker.governance, model, one, asker.person)
    return refused[1] if refused is not None else ""
