"""Mean and deviation from whole numbers: exact sums, the same in any order, by any parts and threads.

A number counts as its distance from a stored centre in whole steps of a power of two, far finer than the middle of
the baseline is wide. Sums of whole numbers have no rounding, so parts add up to the whole to the last digit. What
lies far outside the baseline counts as exactly. Where the steps are still too coarse for the numbers that came,
because the baseline's own are of quite another size, there is no mean and no deviation rather than a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_BITS, _HALF = 38, 19
_FAR, _REST = 2.0**_BITS, 2.0**-_BITS
_ROOM = 4  # bits: what lies sixteen times as far out as the middle edges is not yet far
_FINEST = -400  # exponent of a coarse step; so that no number below 1e150 has more steps than a float can count
_TRUSTED = 2.0**-20
"""How large a step may be beside the range of the numbers that came."""

BLOCK = 16_384
"""Rows at a time: 2**14 products of 2**38 each are still exact in a float, in any order, and a block fits a core's cache."""


@dataclass(frozen=True)
class Sums:
    """Sums over some numbers, as text where JSON has no room for them.

    Attributes:
        centre, step: what they are counted from and in.
        total, squares: of the whole steps, and of their squares.
        rest: of what is left of each number, in steps of 2**-38 of a step.
    """

    centre: float
    step: float
    total: str
    rest: str
    squares: str

    def of(self, n: int, low: float, high: float) -> tuple[float | None, float | None]:
        """Mean and deviation (ddof 0) of n numbers between low and high; None where the steps are too coarse for them."""
        if low == high:
            return low, 0.0
        total, squares, step = int(self.total), int(self.squares), Fraction(self.step)
        least, mean, std = (high - low) * _TRUSTED, None, None
        if self._has_distances(low, high, least):
            if self.step * _REST <= least:
                mean = float(Fraction(self.centre) + step * (total + int(self.rest) * Fraction(_REST)) / n)
            if self.step <= least:
                std = _root(step * step * Fraction(n * squares - total * total, n * n))
        return mean, std

    def _has_distances(self, low: float, high: float, least: float) -> bool:
        """Whether distances from the centre are not rounded by more than the least; within twice the centre they are exact."""
        inside, outside = sorted((self.centre / 2, self.centre * 2))
        return (inside <= low and high <= outside) or abs(self.centre) * 2.0**-52 <= least

    def plus(self, other: Sums) -> Sums:
        """Sums over both; centre and step must be the same."""
        both = ((self.total, other.total), (self.rest, other.rest), (self.squares, other.squares))
        return Sums(self.centre, self.step, *(str(int(one) + int(more)) for one, more in both))


class Moments:
    """Adds up numbers, counted from the middle one of the edges."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.centre = float(edges[len(edges) // 2]) if edges else 0.0
        self.step = math.ldexp(1.0, max(_exponent(edges, self.centre) + _ROOM - _BITS, _FINEST))
        self._total = self._rest = self._squares = 0

    def add(self, values: Numbers, low: float, high: float) -> None:
        """Add finite numbers (float64) of less than 1e150, at most `BLOCK` of them, all between low and high."""
        import numpy as np

        distance = values - self.centre
        steps = distance * (1 / self.step)
        np.rint(steps, out=steps)
        rest = steps * self.step
        np.subtract(distance, rest, out=rest)
        rest *= 1 / (self.step * _REST)
        self._rest += int(np.rint(rest, out=rest).sum())
        if max(self.centre - low, high - self.centre) * (1 / self.step) > _FAR:
            self._add_far(steps)
        coarse = np.multiply(steps, 2.0**-_HALF, out=rest)
        np.rint(coarse, out=coarse)
        fine = np.multiply(coarse, 2.0**_HALF, out=distance)
        np.subtract(steps, fine, out=fine)
        a, b, c = _products(coarse, coarse), _products(coarse, fine), _products(fine, fine)
        self._total += int(steps.sum())
        self._squares += (a << 2 * _HALF) + (b << _HALF + 1) + c

    def _add_far(self, steps: Numbers) -> None:
        """What lies far outside the stored range is added one by one, and out of the steps."""
        import numpy as np

        far = np.flatnonzero(np.abs(steps) > _FAR)
        for one in map(int, steps[far].tolist()):
            self._total += one
            self._squares += one * one
        steps[far] = 0

    @property
    def sums(self) -> Sums:
        """What was added up."""
        return Sums(self.centre, self.step, str(self._total), str(self._rest), str(self._squares))


def _products(one: Numbers, other: Numbers) -> int:
    """Sum of the products of whole numbers, in halves: for more than 10,000 BLAS wakes threads, which costs more than it saves."""
    import numpy as np

    half = BLOCK // 2
    return int(np.dot(one[:half], other[:half])) + int(np.dot(one[half:], other[half:]))


def _exponent(edges: Sequence[float], centre: float) -> int:
    """Of a power of two above most edges' distances from the centre: a stray value of the baseline makes no step coarse."""
    import numpy as np

    distances = np.sort(np.abs(np.array(edges) / 2 - centre / 2))
    reach = float(distances[len(distances) * 3 // 4]) * 2 if len(distances) else 0.0
    return math.frexp(reach or abs(centre) * 2.0**-20 or 1.0)[1]


def _root(value: Fraction) -> float:
    """Square root as a float, also of what is too large or too small for one."""
    if value <= 0:
        return 0.0
    shift = (value.numerator.bit_length() - value.denominator.bit_length() - 106) // 2 * 2
    scaled = value / Fraction(2) ** shift
    return math.ldexp(math.sqrt(scaled.numerator // scaled.denominator), shift // 2)
