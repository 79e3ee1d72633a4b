"""Legacy models as pages show them; what their waivers lack is worked out here too, for the scheduler that writes findings may be dead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...governance.legacy import ENDED, NOT_WAIVED, Legacy
from ...governance.waiver import waiver_refusal
from ...inventory.tables import FindingRow
from ...policy.waiver import end_of
from .clock import iso
from .gates import NO_GOVERNANCE, Asker


def legacy_row(legacy: Legacy, at: datetime) -> dict[str, Any]:
    """What is declared of a model, and how its waiver stands."""
    return {"environment": legacy.environment, "name": legacy.name, "version": legacy.version, "artifact": legacy.artifact, "since": legacy.since,
            "declared_at": iso(legacy.declared_at), "standing": legacy.standing(at).value, "accepted_by": legacy.accepted_by,
            "until": legacy.until.isoformat() if legacy.until else None, "ends_at": iso(end_of(legacy.until)) if legacy.until else None,
            "terms": legacy.terms}


def with_waivers(
    session: Session, findings: dict[str, dict[str, int]], legacy: Mapping[str, Legacy], at: datetime
) -> dict[str, dict[str, int]]:
    """Open findings by severity, with those that nobody has written yet."""
    for found in unwritten(session, legacy, at):
        counts = findings.setdefault(found["model"], {})
        counts[found["severity"]] = counts.get(found["severity"], 0) + 1
    return findings


def unwritten(session: Session, legacy: Mapping[str, Legacy], at: datetime) -> list[dict[str, Any]]:
    """What waivers lack now and no finding says yet."""
    if not legacy:
        return []
    rows = session.execute(select(FindingRow.model_id, FindingRow.kind).where(
        FindingRow.model_id.in_(legacy), FindingRow.kind.in_((NOT_WAIVED, ENDED)), FindingRow.closed_at.is_(None)))
    there = {(model, kind) for model, kind in rows}
    wanted = [(model, found) for model, one in legacy.items() if (found := one.finding(at)) is not None]
    return [{"id": found[0], "model": model, "kind": found[0], "severity": found[1], "message": found[2], "opened_at": iso(at), "closed_at": None}
            for model, found in wanted if (model, found[0]) not in there]


def why_no_waiver(session: Session, legacy: Legacy | None, asker: Asker, at: datetime) -> str:
    """Why the asker may not accept a model's waiver; empty if they may."""
    if legacy is None:
        return "it is no legacy model"
    if asker.governance is None:
        return NO_GOVERNANCE
    refused = waiver_refusal(session, legacy, asker.governance, asker.person, at)
    return refused[1] if refused is not None else ""
