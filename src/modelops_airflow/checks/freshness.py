"""Freshness: how old is the newest row, is any from the future, and where is the longest gap?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..data.times import microseconds, since_1970
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .profiled_rows import read_column

if TYPE_CHECKING:
    import pyarrow as pa

METRICS = ("age_hours", "future_rows", "largest_gap_hours", "time_missing_share")
_HOUR = 3_600_000_000


@check("freshness", version=1, metrics=METRICS)
def freshness(profiles: Profiles, *, context: CheckContext, column: str | None = None) -> Measurement:
    """Age of the newest row at the end of the run's data interval, rows from the future, and the largest gap.

    Args:
        column: the column of times or dates; without it the one named under data.columns.time. Times without a zone
            are taken as UTC, a date as its first moment.

    Raises:
        CheckError: no such column, none of its times is known, or the run has no time.
        DataError: the column holds no times.
    """
    name = column or next((one for one, role in profiles.roles.items() if role == "time"), None)
    if name is None:
        raise CheckError("there is no time column; name it under data.columns.time or in the option column")
    if context.until is None:
        raise CheckError("the time up to which the data should reach is not known here")
    times = read_column(profiles, context.dataset, "current", name)
    moments, zone = times_of(times, name)
    rows, known = len(times), len(moments)
    if not known:
        raise CheckError(f"column {name!r} has no time in {rows} rows")
    until = since_1970(context.until)
    gap = int((moments[1:] - moments[:-1]).max()) if known > 1 else None
    notes = [f"until {context.until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"]
    notes += [] if zone else [f"column {name!r} has no time zone and is taken as UTC"]
    measured = Measurement.of("freshness", [
        # A row from the future says nothing of how old the data is.
        _age(until, moments[moments <= until], rows),
        Metric("future_rows", float((moments > until).sum()), n=rows),
        Metric("largest_gap_hours", None if gap is None else gap / _HOUR, n=known, unit="hours",
               reason="one row has no gap" if gap is None else None),
        Metric("time_missing_share", (rows - known) / rows, n=rows),
    ], notes=notes)
    return replace(measured, parameters={"until": context.until.astimezone(UTC).isoformat()})


def _age(until: int, past: Any, rows: int) -> Metric:
    if not len(past):
        return Metric("age_hours", None, n=rows, unit="hours", reason="every row is from the future")
    return Metric("age_hours", (until - int(past[-1])) / _HOUR, n=rows, unit="hours")


def times_of(times: pa.ChunkedArray[Any], name: str) -> tuple[Any, str | None]:
    """Microseconds since 1970 in ascending order, without missing ones, and the time zone if there is one."""
    import numpy as np

    found, zone = microseconds(times, name)
    known: Any = found.drop_null()
    return np.sort(known.to_numpy()), zone
