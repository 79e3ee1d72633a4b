"""The median of the score over all rows: a pass of its own over one column, which is held whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .gather import finite_numbers
from .group import Median
from .values import NoNumbers

if TYPE_CHECKING:
    import numpy as np


def median_of(table: Columns, roles: Mapping[str, str], known: float | None = None) -> Median | None:
    """The median of the score column; None without a score.

    Everybody counts, people of unknown category too. Where a row has no finite score there is no median:
    one over the rest would be another sample's.

    Args:
        known: the median of the whole that this table is a part of; None takes this table's own.

    Raises:
        DataError: the known median is not finite, or the scores do not fit into memory.
    """
    name = score_of(table, roles)
    if known is not None and not math.isfinite(known):
        raise DataError(f"the median of the score is {known}; expected a finite number")
    if name is None:
        return None
    try:
        scores, nulls, infinite = finite_numbers(table, name, "the median")
    except NoNumbers:
        return Median(None, "the score is no number")
    if nulls + infinite:
        return Median(None, f"{nulls + infinite} rows have no finite score")
    if not len(scores):
        return Median(None, "there are no rows")
    return Median(_middle(scores) if known is None else known)


def score_of(table: Columns, roles: Mapping[str, str]) -> str | None:
    """Name of the score column, if there is one."""
    return next((name for name, role in roles.items() if role == "score" and name in table.column_names), None)


def _middle(scores: np.ndarray[Any, Any]) -> float:
    """Halved before they are added only where the sum of the middle two would not be finite."""
    places = ((len(scores) - 1) // 2, len(scores) // 2)
    scores.partition(places)
    low, high = (float(scores[place]) for place in places)
    return (low + high) / 2 if math.isfinite(low + high) else low / 2 + high / 2


def merged_median(parts: Sequence[tuple[int, Median | None]]) -> Median | None:
    """The median of all parts (rows, median) together: known only where every part with rows used the same."""
    filled = [median for rows, median in parts if rows]
    if not filled:
        return next((median for _, median in parts if median is not None), None)
    known = [median for median in filled if median is not None]
    if not known:
        return None
    if len(known) < len(filled):
        return Median(None, "not every partition knows the median of the score")
    unknown = [median for median in known if median.value is None]
    if unknown:
        return Median(None, f"in a partition {unknown[0].reason}")
    if len({median.value for median in known}) > 1:
        return Median(None, "the partitions used different medians of the score; scan them on that of all rows")
    return known[0]
