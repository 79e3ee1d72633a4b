"""One gate with its evidence: what is asked, on which results, and what changed since the last time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...governance.authors import authors_that_count
from ...governance.documents import fetch
from ...governance.glass import glass_row, may_break
from ...inventory.tables import GateRow, GateState, ModelRow, ResultRow, RunRow, VersionRow, VersionState
from .changes import attempts, since_last
from .gates import Asker, gate_rows
from .model_page import result_row
from .numbers import numbers_since

_QUESTIONS = {
    "validate": "Is {name} {version} valid for its purpose?",
    "approve": "May {name} {version} go into use?",
    "attest": "Is {name} {version} still fit for use?",
}
_COVERED = "Is it so of {name} {version}, what these controls ask?"


def covered_by(plan: Mapping[str, Any], step: str) -> list[dict[str, Any]]:
    """The controls that a decision at a gate of a plan (its JSON) covers, with what the person says."""
    gate = next((one for one in plan["steps"] if one["id"] == step), None)
    names = gate["options"].get("controls", ()) if gate is not None else ()
    packs = plan.get("packs") or {}
    return [{"pack": pack, "control": control, "draft": packs[pack]["draft"], "ref": told["ref"], "text": told["text"],
             "statement": told["attest"]["statement"]}
            for pack, _, control in (name.partition(" ") for name in names) for told in (packs[pack]["controls"][control],)]


def gate_page(session: Session, gate: GateRow, run: RunRow, model: ModelRow, asker: Asker) -> dict[str, Any]:
    """The page of one gate."""
    row = gate_rows(session, [gate], asker)[0]
    results = session.scalars(
        select(ResultRow).where(ResultRow.run == run.id, ResultRow.current).order_by(ResultRow.id)
    )
    measured = [result_row(result) for result in results if result.judgements or result.evidence]
    since, changes, looser = since_last(session, run)
    plan = fetch(session, run.plan)
    covered = covered_by(plan, gate.step)
    question = _COVERED if gate.meaning == "attest" and covered else _QUESTIONS.get(gate.meaning, "Do you agree with {name} {version}?")
    return row | {
        "controls": covered,
        "question": question.format(name=model.name, version=row["version"]),
        "started_by": run.started_by, "attempts": attempts(session, run),
        "results": measured, "since": since, "changes": [*_as_of(plan), *changes, *numbers_since(session, run)], "loosened": looser, "design": run.design,
        "provenance": run.provenance, "may_break_glass": _may_break_glass(session, gate, run, asker),
    }


def _as_of(plan: Mapping[str, Any]) -> list[dict[str, str]]:
    """That a run for a past period was judged by the policies of its day."""
    return [{"what": "policies in force", "before": "of today", "after": f"of {plan['as_of']}: own ones as they were then, installed ones as they are now"}] if plan.get("as_of") else []


def _may_break_glass(session: Session, gate: GateRow, run: RunRow, asker: Asker) -> bool:
    """Whether the asker may release this version without its approvals."""
    version = session.get_one(VersionRow, run.version_id)
    return (gate.state == GateState.OPEN and run.environment is not None and version.state in (VersionState.WAITING, VersionState.APPROVED)
            and asker.governance is not None and glass_row(session, run.subject) is None
            and may_break(asker.governance, asker.person, authors_that_count(session, run)))
