"""Coverage: which places were looked at, and how lately; worked out when it is asked, so that a scheduler that is gone shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...database import database_time
from ...governance.activate import active, row_of
from ...governance.scan import is_stale
from ...inventory.tables import ScanRow
from ...policy.place import Place, environments_of, place_in
from ...targets import TARGETS
from .clock import iso


def coverage(session: Session, here: str = "") -> dict[str, Any]:
    """Every environment of the governance in force that the installation answers for, how many were scanned, and since when the least recent.

    Args:
        here: `[modelops] environment`; one that governance does not have is a place that nobody looks at.
    """
    if row_of(session, "active") is None:
        return {"total": 0, "scanned": 0, "partly": 0, "scanned_at": None, "items": []}
    rules, seen, now = active(session), {row.environment: row for row in session.scalars(select(ScanRow))}, database_time(session)
    items = [_item(name, place, seen.get(name), now) for name in sorted(environments_of(rules, here)) if (place := place_in(rules, name)) is not None]
    if here and here not in rules.environments:
        items = [{"environment": here, "place": "", "target": "", "strength": "unknown", "state": "never", "shown": None, "strays": None, "scanned_at": None,
                  "trouble": f"[modelops] environment is {here!r}, which the governance in force does not have"}]
    fine = [str(one["scanned_at"]) for one in items if one["state"] == "scanned"]
    return {"total": len(items), "scanned": len(fine), "partly": sum(one["state"] == "partly" for one in items),
            "scanned_at": min(fine, default=None), "items": items}


def _item(environment: str, place: Place, row: ScanRow | None, now: datetime) -> dict[str, Any]:
    strength = TARGETS[place.target].strength if place.target in TARGETS else "unknown"
    seen = row if row is not None and row.place == str(place)[:2000] else None  # a look at where it was before is none
    state, trouble = _state(seen, now)
    return {"environment": environment, "place": str(place), "target": place.target, "strength": strength, "state": state, "trouble": trouble,
            "shown": seen.shown if seen is not None else None, "strays": seen.strays if seen is not None else None,
            "scanned_at": iso(seen.scanned_at) if seen is not None else None}


def _state(row: ScanRow | None, now: datetime) -> tuple[str, str]:
    if row is None:
        return "never", "it was never looked at"
    if is_stale(row.looked_at, now):
        return "stale", f"nobody looked since {iso(row.looked_at)}; see whether modelops.sync runs" + (f"; then: {row.trouble}" if row.trouble else "")
    if row.trouble:
        return "unreadable", row.trouble
    if row.shown is None:
        return "partly", "it cannot be asked for all its models, so an unknown one would not be seen"
    return "scanned", ""
