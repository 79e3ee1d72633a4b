"""One gate with its evidence: what is asked, on which results, and what changed since the last time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...inventory.tables import GateRow, ModelRow, ResultRow, RunRow
from .changes import attempts, since_last
from .gates import Asker, gate_rows
from .model_page import result_row

_QUESTIONS = {
    "validate": "Is {name} {version} valid for its purpose?",
    "approve": "May {name} {version} go into use?",
    "attest": "Is {name} {version} still fit for use?",
}


def gate_page(session: Session, gate: GateRow, run: RunRow, model: ModelRow, asker: Asker) -> dict[str, Any]:
    """The page of one gate."""
    row = gate_rows(session, [gate], asker)[0]
    results = session.scalars(
        select(ResultRow).where(ResultRow.run == run.id, ResultRow.current).order_by(ResultRow.id)
    )
    measured = [result_row(result) for result in results if result.judgements or result.evidence]
    since, changes, looser = since_last(session, run)
    question = _QUESTIONS.get(gate.meaning, "Do you agree with {name} {version}?")
    return row | {
        "question": question.format(name=model.name, version=row["version"]),
        "started_by": run.started_by, "attempts": attempts(session, run),
        "results": measured, "since": since, "changes": changes, "loosened": looser, "design": run.design,
        "provenance": run.provenance,
    }
