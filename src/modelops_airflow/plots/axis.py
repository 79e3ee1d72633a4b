"""Axes: values to pixels, and ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from .lettering import SMALL, width

_GAP = 6.0
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """A linear axis.

    Attributes:
        low, high: values at its ends; `high` is the larger.
        start, end: pixels at its ends; the start may be the larger, as of an axis that goes up.
        ticks: round values between the ends, and how each is written.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[tuple[float, str], ...] = ()

    def at(self, value: float) -> float:
        """The pixel of a value; of one outside, the end next to it."""
        clipped = min(max(value, self.low), self.high)
        size = max(abs(self.low), abs(self.high))  # divided by, so that no difference overflows
        share = (clipped / size - self.low / size) / (self.high / size - self.low / size or 1.0)
        return self.start + share * (self.end - self.start)


def axis(values: Iterable[float], start: float, end: float) -> Axis:
    """An axis over zero, as lengths are compared, and all values, out to the next tick."""
    seen = [0.0, *filter(math.isfinite, values)]
    low, high = (min(seen), max(seen)) if any(seen) else (0.0, 1.0)
    return _readable(lambda most: _out_to_ticks(low, high, start, end, most))


def _readable(made: Callable[[int], Axis]) -> Axis:
    """With as many ticks as there is room to write the numbers of."""
    return next((found for most in (6, 5, 4, 3) if _legible(found := made(most))), made(2))


def _legible(found: Axis) -> bool:
    if found.end < found.start:  # upwards
        return len(found.ticks) < 2 or abs(found.end - found.start) / (len(found.ticks) - 1) > SMALL * 2
    ends = [(found.at(at) - width(text, SMALL) / 2, found.at(at) + width(text, SMALL) / 2) for at, text in found.ticks]
    return all(left + _GAP < right for (_, left), (right, _) in pairwise(ends))


def _out_to_ticks(low: float, high: float, start: float, end: float, most: int) -> Axis:
    step = _step(low, high, most)
    if not step:
        return Axis(low, high, start, end)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ends = (first * step, last * step)
    if not all(map(math.isfinite, ends)):
        return Axis(low, high, start, end)
    return Axis(*ends, start, end, tuple((place * step, written(place * step, step)) for place in range(first, last + 1)))


def spanning(low: float, high: float, start: float, end: float) -> Axis:
    """An axis that ends exactly at two values, with ticks between them."""
    if high / 2 - low / 2 <= max(abs(low), abs(high)) * 1e-12:  # no room for a tick between them
        return Axis(low, high, start, end, ((low, f"{low:.6g}"),))
    return _readable(lambda most: _between(low, high, start, end, most))


def _between(low: float, high: float, start: float, end: float, most: int) -> Axis:
    step = _step(low, high, most)
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return Axis(low, high, start, end, tuple((place * step, written(place * step, step)) for place in places))


def _step(low: float, high: float, most: int) -> float:
    rough = high / most - low / most
    if rough < 1e-300:  # too small to divide
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(one * power for one in _ROUND if one * power >= rough * (1 - 1e-9) or one == _ROUND[-1])


def written(value: float, step: float) -> str:
    """A tick's number, with the digits that its step needs."""
    if not value or abs(value) < step * 1e-6:
        return "0"
    if step >= 1e-5 and abs(value) < 1e9:
        digits = next((digits for digits in range(8) if abs(round(step, digits) - step) < step * 1e-6), 8)
        return f"{value:,.{digits}f}"
    return f"{value:.{max(1, min(15, math.ceil(math.log10(abs(value) / step)) + 1))}g}"
