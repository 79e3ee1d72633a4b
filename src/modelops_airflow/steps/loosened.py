"""What a run asks less than the one that was deployed last before it, for pages and packs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import DeploymentRow, Document, RunRow, VersionRow
from ..policy.loosening import loosened

Plan = dict[str, Any]
_WAS_DEPLOYED = ("live", "superseded", "withdrawn")


def deployed_before(session: Session, run: RunRow) -> RunRow | None:
    """The run whose version was deployed last before a run; None if there is none."""
    return session.scalar(
        select(RunRow).join(DeploymentRow, DeploymentRow.run == RunRow.id)
        .where(RunRow.model_id == run.model_id, DeploymentRow.state.in_(_WAS_DEPLOYED), RunRow.id < run.id)
        .order_by(DeploymentRow.id.desc()).limit(1))


def comparable(session: Session, before: RunRow, run: RunRow) -> tuple[Plan, Plan]:
    """Their plans; those of two life cycles without their steps, which differ by nature."""
    old, new = _plan(session, before), _plan(session, run)
    return (old, new) if before.lifecycle == run.lifecycle else (old | {"steps": []}, new | {"steps": []})


def asked_less(plans: tuple[Plan, Plan]) -> list[str]:
    """What the second asks less than the first, in words."""
    return loosened(*plans) if all(one.get("model") for one in plans) else []


def loosened_told(session: Session, run: RunRow) -> dict[str, Any] | None:
    """Against which version a run asks less, and what; None where it does not."""
    before = deployed_before(session, run)
    what = asked_less(comparable(session, before, run)) if before is not None else []
    return {"version": session.get_one(VersionRow, before.version_id).version, "what": what} if before is not None and what else None


def _plan(session: Session, run: RunRow) -> Plan:
    document = session.get(Document, run.plan)
    plan: Plan = json.loads(document.body) if document else {}
    return plan
