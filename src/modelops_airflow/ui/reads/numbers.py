"""What a review measured beside what was approved: every judged number then and now, for the person who decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import EvidenceError
from ...governance.approved import approved_run
from ...inventory.tables import ResultRow, RunRow
from .changes import differences


def numbers_since(session: Session, run: RunRow) -> list[dict[str, str]]:
    """The judged numbers and verdicts that differ from those of the approved run; nothing for a run that is to be released."""
    if run.environment is not None:
        return []
    try:
        before = approved_run(session, run)
    except EvidenceError as error:
        return [{"what": "approved evidence", "before": "cannot be read", "after": str(error)}]
    return [] if before is None else differences(_judged(session, before), _judged(session, run))


def _judged(session: Session, run: RunRow) -> dict[str, str]:
    """Number and verdict by step, metric and place; of two requirements on one number the last."""
    found: dict[str, str] = {}
    for row in session.scalars(select(ResultRow).where(ResultRow.run == run.id, ResultRow.current, ResultRow.uses != "difference").order_by(ResultRow.id)):
        for one in row.judgements:
            where = ", ".join(f"{key}={value}" for key, value in one["where"].items())
            found[f"{row.step}: {one['metric']}{f' [{where}]' if where else ''}"] = _said(one)
    return found


def _said(one: Mapping[str, Any]) -> str:
    value = "no value" if one["value"] is None else f"{one['value']:.6g}"
    return f"{value}, {'warned' if one['warned'] and one['verdict'] == 'pass' else one['verdict']}"
