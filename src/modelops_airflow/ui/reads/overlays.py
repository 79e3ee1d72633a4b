"""Overlays of models as pages and commands show them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from ...database import database_time
from ...governance.documents import words
from ...governance.overlays import overlays
from ...policy.waiver import end_of


def overlay_rows(session: Session, models: Collection[str]) -> list[dict[str, Any]]:
    """The overlays of some models, by model and name, each in the words that it was proposed in."""
    at = database_time(session)
    return [{"model": one.model, "name": one.name, "state": one.state(at), "owner": one.owner, "approver": one.approver, "start": one.start.isoformat(),
             "until": one.until.isoformat(), "days_left": max((end_of(one.until) - at).days, 0), "renewals": one.renewals, **words(session, one.terms, "what", "why", "size", "method", "exit")}
            for _, one in sorted(overlays(session, models).items())]
