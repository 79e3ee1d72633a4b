"""Mean and deviation from whole numbers: exact sums, the same in any order, by any parts and threads.

A number counts as its distance from a stored centre in whole steps, a step being a power of two and 2**-38 of the
stored range or less. Sums of whole numbers have no rounding, so parts add up to the whole to the last digit. Where
all distances are whole steps, such as those of whole numbers, mean and deviation are correctly rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_BITS, _HALF = 38, 19
BLOCK = 16_384
"""Rows at a time: 2**14 products of 2**38 each are still exact in a float, in any order, and a block fits a core's cache."""


@dataclass(frozen=True)
class Sums:
    """Sums over some numbers, as text where JSON has no room for them.

    Attributes:
        centre, step: what they are counted from and in.
        total, squares: of the whole steps, and of their squares.
    """

    centre: float
    step: float
    total: str
    squares: str

    def of(self, n: int) -> tuple[float, float]:
        """Mean and deviation (ddof 0) of n numbers."""
        total, squares, step = int(self.total), int(self.squares), Fraction(self.step)
        mean = Fraction(self.centre) + step * Fraction(total, n)
        variance = step * step * Fraction(n * squares - total * total, n * n)
        return float(mean), _root(variance)

    def plus(self, other: Sums) -> Sums:
        """Sums over both; centre and step must be the same."""
        return Sums(self.centre, self.step, str(int(self.total) + int(other.total)), str(int(self.squares) + int(other.squares)))


class Moments:
    """Adds up numbers, counted from the middle one of the edges."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.centre = float(edges[len(edges) // 2]) if edges else 0.0
        reach = max((max(abs(edge / 2 - self.centre / 2) for edge in edges) * 2, abs(self.centre) * 2**-20), default=0.0) if edges else 0.0
        exponent = math.frexp(reach)[1] if math.isfinite(reach) and reach > 0 else 0
        self.step = math.ldexp(1.0, min(max(exponent - _BITS, -1000), 900))
        self._total = self._squares = 0

    def add(self, values: np.ndarray[Any, Any]) -> None:
        """Add finite numbers (float64), at most `BLOCK` of them."""
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):
            steps = values - self.centre
            steps *= 1 / self.step
            np.rint(steps, out=steps)
            far = np.abs(steps).max(initial=0.0) > 2.0**_BITS
        if far:
            steps = self._far(values, steps)
        high = steps * 2.0**-_HALF
        np.rint(high, out=high)
        low = steps - high * 2.0**_HALF
        # Not np.dot: BLAS wakes threads for so little, which costs more than it saves.
        a, b, c = (int(np.einsum("i,i->", one, other)) for one, other in ((high, high), (high, low), (low, low)))
        self._total += (int(high.sum()) << _HALF) + int(low.sum())
        self._squares += (a << 2 * _HALF) + (b << _HALF + 1) + c

    def _far(self, values: np.ndarray[Any, Any], steps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Numbers far outside the stored range are added one by one; answers the steps of the others."""
        import numpy as np

        outside = ~(np.abs(steps) <= 2.0**_BITS)
        for value, told in zip(values[outside].tolist(), steps[outside].tolist(), strict=True):
            one = int(told) if math.isfinite(told) else round((Fraction(value) - Fraction(self.centre)) / Fraction(self.step))
            self._total += one
            self._squares += one * one
        return np.asarray(steps[~outside])

    @property
    def sums(self) -> Sums:
        """What was added up."""
        return Sums(self.centre, self.step, str(self._total), str(self._squares))


def _root(value: Fraction) -> float:
    """Square root as a float, also of what is too large or too small for one."""
    if value <= 0:
        return 0.0
    shift = (value.numerator.bit_length() - value.denominator.bit_length() - 106) // 2 * 2
    scaled = value / Fraction(2) ** shift
    return math.ldexp(math.sqrt(scaled.numerator // scaled.denominator), shift // 2)
