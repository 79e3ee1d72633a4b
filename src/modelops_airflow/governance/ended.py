"""Which rows of the queue are done by the ledger: it has their end, with the same run and verdict. A row can be edited in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import RecertificationRow, RecertificationState
from ..ledger import EventRow
from .settle import ENDED


def doubted(session: Session, rows: Iterable[RecertificationRow]) -> set[int]:
    """Numbers of the rows that say done, and of which the ledger's last word is not that their run ended so."""
    done = {(row.model_id, row.cause): row for row in rows if row.state == RecertificationState.DONE}
    if not done:
        return set()
    last: dict[tuple[str, str], tuple[object, ...]] = {}
    for model, body in session.execute(select(EventRow.model_id, EventRow.body).where(EventRow.kind == ENDED, EventRow.outcome == "done").order_by(EventRow.index)):
        facts = json.loads(body)["facts"]
        last[str(model), facts["cause"]] = tuple(facts[name] for name in ("state", "verdict", "attempt", "dag", "run"))
    return {row.id for key, row in done.items() if last.get(key) != (row.state, row.verdict, row.attempt, row.dag_id, row.run_id)}
