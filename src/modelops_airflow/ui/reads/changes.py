"""What an approver must see first: how this plan differs from the one that was last deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...inventory.tables import RunRow, VersionRow
from ...steps.loosened import Plan, asked_less, comparable, deployed_before
from .clock import iso


def attempts(session: Session, run: RunRow) -> list[dict[str, Any]]:
    """Every run of this life cycle with this version up to this one, with its test design and what came of it."""
    rows = session.scalars(select(RunRow).where(
        RunRow.version_id == run.version_id, RunRow.lifecycle == run.lifecycle, RunRow.id <= run.id).order_by(RunRow.id))
    return [{"run_id": row.run_id, "started_by": row.started_by, "started_at": iso(row.started_at), "verdict": row.verdict,
             "warned": row.warned, "design": row.design, "same_design": row.design == run.design} for row in rows]


def since_last(session: Session, run: RunRow) -> tuple[str | None, list[dict[str, str]], list[str]]:
    """The version deployed last before this run, what differs, and what is asked less; None if there is none."""
    before = deployed_before(session, run)
    if before is None:
        return None, [], []
    versions = {row.id: row for row in session.scalars(
        select(VersionRow).where(VersionRow.id.in_((run.version_id, before.version_id))))}
    old, new = versions[before.version_id], versions[run.version_id]
    changes = differences({"artifact": old.artifact[7:19]}, {"artifact": new.artifact[7:19]})
    plans = comparable(session, before, run)
    return old.version, changes + plan_changes(*plans), asked_less(plans)


def plan_changes(old: Plan, new: Plan) -> list[dict[str, str]]:
    """Model, data, steps, requirements and policies that differ; a removed requirement is a difference too."""
    return differences(_flat(old), _flat(new))


def _flat(plan: Plan) -> dict[str, str]:
    facts = {f"model {name}": _text(value) for name, value in (plan.get("model") or {}).items()}
    facts |= {f"data {name}": _text(value) for name, value in (plan.get("data") or {}).items()}
    facts |= {f"policy {name}": _text(value)[7:19] for name, value in (plan.get("policies") or {}).items()}
    for step in plan.get("steps", []):
        facts[f"step {step['id']}"] = _text(step["options"]) if step["options"] else step["uses"]
        for rule in step["requirements"]:
            where = f" where {_text(rule['where'])}" if rule["where"] else ""
            limits = [f"{level} {rule[level]}" for level in ("warn", "fail") if rule[level]]
            facts[f"{step['id']} requires {rule['metric']}{where}"] = ", ".join(limits)
    return facts


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[dict[str, str]]:
    """What differs between two flat descriptions, in the order of the new one, removals last."""
    names = [*new, *(name for name in old if name not in new)]
    return [
        {"what": name, "before": old.get(name, "not there"), "after": new.get(name, "removed")}
        for name in names if old.get(name) != new.get(name)
    ]
