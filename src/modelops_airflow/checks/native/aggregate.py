"""Expectations about one number of a column. Where there is no value there is no number, and that is not met."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arguments import Arguments, NotNative, is_number
from .codes import codes_of
from .frame import NUMBERS, WHOLE, Frame, Values
from .map import column_of
from .result import Result
from .rounding import clear_of, decided

Number = tuple[float | int | None, bool]
"""A number, or None if there is none, and whether it is exact."""

_ADDS = 2**53


def number(compute: Callable[[Values], Number]) -> Callable[[Frame, Arguments], Result]:
    """An expectation that a number of a numeric column is in a range."""

    def judge(frame: Frame, given: Arguments) -> Result:
        import numpy as np

        column, bounds = column_of(frame, given, *NUMBERS), given.bounds()
        with np.errstate(all="ignore"):
            value, exact = compute(column)
        if value is None or np.isnan(value):
            return Result(False)
        return Result(decided(value, bounds, exact=exact), observed=value)

    return judge


def lowest(column: Values) -> Number:
    """The smallest value."""
    return (column.present.min().item() if len(column.present) else None), True


def highest(column: Values) -> Number:
    """The largest value."""
    return (column.present.max().item() if len(column.present) else None), True


def mean(column: Values) -> Number:
    """The arithmetic mean."""
    if not len(column.present):
        return None, True
    return float(column.present.sum(dtype="float64") / len(column.present)), _adds_exactly(column)


def median(column: Values) -> Number:
    """The middle value, or the mean of the two middle ones."""
    import numpy as np

    return (float(np.median(column.present)) if len(column.present) else None), True


def stdev(column: Values) -> Number:
    """The standard deviation of a sample (n - 1)."""
    import numpy as np

    return (float(np.std(column.present, ddof=1)) if len(column.present) > 1 else None), False


def total(column: Values) -> Number:
    """The sum; of no value it is 0, as in pandas."""
    if column.kind == WHOLE and not _adds_exactly(column):
        raise NotNative
    return column.present.sum().item(), _adds_exactly(column)


def _adds_exactly(column: Values) -> bool:
    """Whether every order of adding gives the same sum."""
    import numpy as np

    return column.kind == WHOLE and float(np.abs(column.present).sum(dtype="float64")) < _ADDS


def quantiles(frame: Frame, given: Arguments) -> Result:
    """Quantiles, taken from the values without interpolation, each in its range give or take a hundredth of a percent."""
    import numpy as np

    column = column_of(frame, given, *NUMBERS)
    asked, ranges = _ranges(given.anything("quantile_ranges"))
    if given.flag("allow_relative_error") or not len(column.present):
        raise NotNative
    found = np.percentile(column.present, np.array(asked) * 100, method="nearest").tolist()
    details = [_within(value, *range_) for value, range_ in zip(found, ranges, strict=True)]
    return Result(all(details), observed={"quantiles": asked, "values": found}, more={"details": {"success_details": details}})


def _ranges(told: Any) -> tuple[list[float], list[tuple[float, float]]]:
    if not isinstance(told, dict) or told.keys() != {"quantiles", "value_ranges"}:
        raise NotNative
    asked, ranges = told["quantiles"], told["value_ranges"]
    if not (isinstance(asked, list) and isinstance(ranges, list) and len(asked) == len(ranges) and asked):
        raise NotNative
    if not all(is_number(one) and 0 <= one <= 1 for one in asked):
        raise NotNative
    return asked, [_range(one) for one in ranges]


def _range(told: Any) -> tuple[float, float]:
    if not isinstance(told, list) or len(told) != 2 or not all(one is None or is_number(one) for one in told):
        raise NotNative
    low, high = float("-inf") if told[0] is None else told[0], float("inf") if told[1] is None else told[1]
    if low > high:
        raise NotNative
    return low, high


def _within(value: float, low: float, high: float) -> bool:
    import numpy as np

    for bound in (low, high):
        if np.isfinite(bound):
            leeway = 1e-8 + 1e-4 * abs(bound)
            clear_of(abs(value - bound), leeway)
            if abs(value - bound) <= leeway:
                return True
    return bool(low <= value <= high)


def distinct_count(frame: Frame, given: Arguments) -> Result:
    """How many different values there are is in a range."""
    column, bounds = column_of(frame, given), given.bounds(whole=True)
    count = len(codes_of(column)[1])
    return Result(bool(bounds.hold(count)), observed=count)


def distinct_share(frame: Frame, given: Arguments) -> Result:
    """The share of different values among those that are there is in a range; of no value it is 0."""
    column, bounds = column_of(frame, given), given.bounds()
    share = len(codes_of(column)[1]) / len(column.present) if len(column.present) else 0
    return Result(bool(bounds.hold(share)), observed=share)


def present_share(frame: Frame, given: Arguments) -> Result:
    """The share of rows that have a value is in a range; of no row it is 0."""
    gaps, bounds = frame.gaps(given.text("column")), given.bounds()
    if gaps is None:
        raise NotNative
    share = (frame.rows - gaps) / frame.rows if frame.rows else 0
    return Result(bool(bounds.hold(share)), observed=share)
