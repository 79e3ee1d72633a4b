"""Times of an Arrow column as whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

NEVER = 2**63 - 1
"""Later than any time."""

_START = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(times: pa.ChunkedArray[Any], name: str) -> tuple[pa.ChunkedArray[Any], str | None]:
    """Each time, missing where it is, and the column's time zone; a time without a zone is UTC, a date its first moment.

    Raises:
        DataError: the column holds no times, or some that no calendar holds.
    """
    import pyarrow as pa

    kind = times.type.value_type if pa.types.is_dictionary(times.type) else times.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise DataError(f"column {name!r} holds {kind}; expected timestamps or dates")
    zone = kind.tz if pa.types.is_timestamp(kind) else None
    try:
        finer = pa.types.is_timestamp(kind) and kind.unit == "ns"  # the only unit of which something is cut off; of others a wrapped number would be a time
        moments: Any = times.cast(kind).cast(pa.timestamp("us", zone), safe=not finer)
    except pa.ArrowException as error:
        raise DataError(f"column {name!r} has times that no calendar holds: {str(error).splitlines()[0]}") from None
    found: pa.ChunkedArray[Any] = moments.cast(pa.int64())
    known = as_array(found.drop_null(), 0)
    if len(known) and not _FIRST <= known.min() <= known.max() <= _LAST:
        raise DataError(f"column {name!r} has times that no calendar holds; expected the years 1 to 9999")
    return found, zone


def as_array(times: pa.ChunkedArray[Any], missing: int) -> np.ndarray[Any, Any]:
    """Whole microseconds in NumPy, with a number of one's own where a time is missing."""
    import numpy as np

    filled: Any = times
    return np.asarray(filled.fill_null(missing).to_numpy())


def since_1970(moment: datetime) -> int:
    """A moment with a time zone in whole microseconds."""
    return (moment.astimezone(UTC) - _START) // timedelta(microseconds=1)


def moment_of(microseconds: int) -> datetime:
    """Inverse of `since_1970`.

    Raises:
        DataError: no calendar holds it.
    """
    try:
        return _START + timedelta(microseconds=microseconds)
    except OverflowError:
        raise DataError(f"{microseconds} microseconds since 1970 are beyond the calendar") from None


_FIRST, _LAST = since_1970(datetime.min.replace(tzinfo=UTC)), since_1970(datetime.max.replace(tzinfo=UTC))
