"""The median of the score over all rows, and which rows are above it: a second pass over one column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .group import Median
from .values import numbers

if TYPE_CHECKING:
    import numpy as np

Above = tuple[Median | None, "np.ndarray[Any, Any] | None"]


def above_median(table: Columns, roles: Mapping[str, str], known: float | None = None) -> Above:
    """The median of the score column, and a mask of the rows strictly above it; both None without a score.

    Everybody counts, people of unknown category too. Where a row has no finite score there is no median:
    one over the rest would be another sample's.

    Args:
        known: the median of the whole that this table is a part of; None takes this table's own.

    Raises:
        DataError: the known median is not finite.
    """
    name = next((name for name, role in roles.items() if role == "score" and name in table.column_names), None)
    if known is not None and not math.isfinite(known):
        raise DataError(f"the median of the score is {known}; expected a finite number")
    if name is None:
        return None, None
    try:
        scores = numbers(table[name])
    except DataError:
        return Median(None, "the score is no number"), None
    return _above(scores, known)


def _above(scores: np.ndarray[Any, Any], known: float | None) -> Above:
    import numpy as np

    silent = int((~np.isfinite(scores)).sum())
    if silent:
        return Median(None, f"{silent} rows have no finite score"), None
    if not len(scores):
        return Median(None, "there are no rows"), None
    value = _middle(scores) if known is None else known
    return Median(value), scores > value


def _middle(scores: np.ndarray[Any, Any]) -> float:
    """Halved before they are added only where the sum of the middle two would not be finite."""
    import numpy as np

    places = ((len(scores) - 1) // 2, len(scores) // 2)
    ordered = np.partition(scores, places)
    low, high = (float(ordered[place]) for place in places)
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
