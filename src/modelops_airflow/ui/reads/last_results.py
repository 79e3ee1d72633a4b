"""The last results of the checks that people look at first, each as one number with its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...inventory.tables import ResultRow, RunRow
from .clock import iso
from .marks import same_row, thresholds, troubles, worst

SHOWN = ("bias", "drift", "performance")
POINTS = 12


def last_results(session: Session, versions: Collection[int]) -> dict[str, dict[str, dict[str, Any]]]:
    """By model id and check, of these versions: the worst value of the last result and its history. One query.

    A candidate's numbers must not stand beside the state of the version in use, hence by version.
    """
    place = func.row_number().over(partition_by=(RunRow.model_id, ResultRow.uses), order_by=ResultRow.id.desc())
    ranked = (
        select(ResultRow.id, RunRow.model_id, place.label("place"))
        .join(RunRow, RunRow.id == ResultRow.run)
        .where(RunRow.version_id.in_(versions), ResultRow.uses.in_(SHOWN), ResultRow.current, RunRow.as_of.is_(None))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.model_id, ResultRow)
        .join(ranked, ranked.c.id == ResultRow.id)
        .where(ranked.c.place <= POINTS)
        .order_by(ResultRow.id)
    )
    series: dict[tuple[str, str], list[ResultRow]] = defaultdict(list)
    for model, row in rows:
        series[model, row.uses].append(row)
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for (model, uses), results in series.items():
        found[model][uses] = summary(results)
    return found


def summary(results: list[ResultRow]) -> dict[str, Any]:
    """The newest of a check's results (oldest first), with the history of its worst row."""
    newest = results[-1]
    row = worst(newest.judgements) or {"metric": newest.uses, "where": {}, "value": None}
    earlier = (same_row(result.judgements, row) for result in results)
    return {
        "metric": row["metric"], "where": row.get("where", {}), "value": row["value"], "verdict": newest.verdict,
        "warned": newest.warned, "reason": row.get("reason", "") or newest.message, "thresholds": thresholds(row),
        "history": [one["value"] for one in earlier if one is not None and one["value"] is not None],
        "failing": troubles(newest.judgements), "run": newest.run, "step": newest.step, "at": iso(newest.at),
    }
