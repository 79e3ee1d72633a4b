"""Change: a measure of the current data minus the same one of the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import Outcomes
from ..measurement import Metric
from .outcome_rows import METRICS, outcome_rows

CHANGES = tuple(f"{name}_change" for name in METRICS)
"""What is bad is bad on the side where the measure itself is."""

BASELINE = "baseline"


def change_rows(rows: Sequence[Metric], before: Sequence[Metric] | str) -> list[Metric]:
    """A row for each measure; without a value where one of the sides has none.

    Args:
        rows: of the current data.
        before: of the baseline, or why it has none.
    """
    old = {} if isinstance(before, str) else {row.name: row for row in before}
    return [_change(row, old.get(row.name), before if isinstance(before, str) else "") for row in rows]


def _change(row: Metric, old: Metric | None, why: str) -> Metric:
    value, reason = None, None
    if row.value is None:
        reason = row.reason
    elif old is None or old.value is None:
        reason = why or f"the baseline has no {row.name}: {old.reason if old else 'another task'}"
    else:
        value, reason = row.value - old.value, row.reason
    return Metric(f"{row.name}_change", value, row.where, n=row.n, reference=BASELINE, judged=row.judged, reason=reason)


def baseline_rows(old: Outcomes | None, current: Outcomes) -> list[Metric] | str:
    """The rows of the baseline, of all of it or of a slice, or why there is nothing to compare with."""
    if old is None or not old.n:
        return "the baseline has no rows with both a label and a prediction"
    if old.task != current.task:
        return f"the baseline shows another task ({old.task}, here {current.task})"
    if old.positive != current.positive:
        return f"the positive label of the baseline is another ({old.positive}, here {current.positive})"
    if old.unanswered:
        return f"{old.unanswered} rows of the baseline have a label and no usable prediction"
    return f"in the baseline {strange}" if (strange := old.strangers()) else outcome_rows(old)
