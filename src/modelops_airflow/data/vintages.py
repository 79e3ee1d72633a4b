"""Vintages: outcomes of the rows of each period of the time column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .maturity import Maturity
from .profile import Outcomes, Slices
from .slices import cut, rows_to_cut
from .times import NEVER, as_array, microseconds
from .values import UNKNOWN

if TYPE_CHECKING:
    import numpy as np

PERIODS = ("day", "week", "month", "quarter", "year")

_DAY = 86_400_000_000
"""Microseconds."""


def vintages(table: Columns, roles: Mapping[str, str], period: str, whole: Outcomes | None, maturity: Maturity | None) -> Slices:
    """A slice for each period that has a row, in the order of time, or why there are none.

    Args:
        period: one of `PERIODS`; by the calendar, UTC, a week begins on Monday.

    Raises:
        DataError: the columns do not fit into memory.
    """
    import numpy as np

    time = next((name for name, role in roles.items() if role == "time"), None)
    if time is None:
        return Slices(reason="there is no time column; name it under data.columns.time")
    if whole is None:
        return Slices(reason="the data has no labels or no predictions")
    rows = rows_to_cut(table, roles, time, maturity)
    try:
        moments, _zone = microseconds(rows[time], time)
    except DataError as error:
        return Slices(reason=str(error))
    when = as_array(moments, NEVER)
    there = when < NEVER
    found, codes = np.unique(_periods(when[there], period), return_inverse=True)
    every = np.full(rows.num_rows, len(found))
    every[there] = codes
    return cut(rows, roles, [*(_label(one, period) for one in found.tolist()), UNKNOWN], every, whole, f"the {period} of column {time!r}", maturity)


def _periods(moments: np.ndarray[Any, Any], period: str) -> np.ndarray[Any, Any]:
    """Each moment's period as a whole number that grows with time."""
    import numpy as np

    days = moments // _DAY
    if period == "day":
        return np.asarray(days)
    if period == "week":
        return np.asarray((days + 3) // 7)  # 1970-01-01 was a Thursday
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // {"month": 1, "quarter": 3, "year": 12}[period])


def _label(number: int, period: str) -> str:
    """As people write it: 2026-03-09 (of a week its Monday), 2026-03, 2026-Q1, 2026."""
    import numpy as np

    if period in ("day", "week"):
        day = number if period == "day" else number * 7 - 3
        return str(np.datetime64(day, "D"))
    if period == "quarter":
        return f"{1970 + number // 4:04d}-Q{number % 4 + 1}"
    return f"{1970 + number:04d}" if period == "year" else str(np.datetime64(number, "M"))


def first_moment(label: str) -> datetime | None:
    """When the period of a label begins; None for rows without a time."""
    if label == UNKNOWN:
        return None
    if "-Q" in label:
        year, _, quarter = label.partition("-Q")
        return datetime(int(year), int(quarter) * 3 - 2, 1, tzinfo=UTC)
    first = f"{label}-01-01"[:10]  # of a year or a month its first day
    return datetime.fromisoformat(first).replace(tzinfo=UTC)
