"""Tallying a column of numbers block by block: what one scan on stored edges leaves of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .bins import Bins
from .few import Few
from .moments import BLOCK, Moments
from .profile import NUMERIC, Column

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

LARGEST_SUMMED = 1e150
"""Of larger numbers the square may have no end."""


class Tally:
    """Counts and sums of a column of numbers; the order of what is added does not matter."""

    def __init__(self, edges: Sequence[float]) -> None:
        self._edges = tuple(map(float, edges))
        self._bins, self._moments = Bins(self._edges), Moments(self._edges)
        self._n = self._nulls = self._infinite = 0
        self._low: float | None = None
        self._high: float | None = None
        self._few = Few()

    def add(self, values: Numbers) -> None:
        """Add numbers (float64), NaN where missing.

        Raises:
            DataError: a number is so large that its square has no end.
        """
        for start in range(0, len(values), BLOCK):
            self._add(values[start : start + BLOCK])

    def _add(self, block: Numbers) -> None:
        self._n += len(block)
        low, high = _ends(block)
        if not (math.isfinite(low) and math.isfinite(high)):
            block = self._usable(block)
            if not len(block):
                return
            low, high = _ends(block)
        if max(-low, high) > LARGEST_SUMMED:
            raise DataError("its numbers are too large to add")
        self._low = low if self._low is None else min(self._low, low)
        self._high = high if self._high is None else max(self._high, high)
        self._bins.add(block)
        self._moments.add(block, low, high)
        self._few.add(block)

    def _usable(self, block: Numbers) -> Numbers:
        """The finite numbers; the others are counted."""
        import numpy as np

        finite, nulls = np.isfinite(block), int(np.isnan(block).sum())
        self._nulls += nulls
        self._infinite += len(block) - int(finite.sum()) - nulls
        return np.asarray(block[finite])

    def add_unusable(self, nulls: int, infinite: int) -> None:
        """Count rows without a finite number."""
        self._n += nulls + infinite
        self._nulls += nulls
        self._infinite += infinite

    def column(self, distinct: int | None = None) -> Column:
        """The column as it was tallied.

        Args:
            distinct: the number of different values, where somebody counted them.
        """
        valid = self._n - self._nulls - self._infinite
        if not valid:
            return Column(NUMERIC, self._n, self._nulls, self._infinite, distinct=0)
        assert self._low is not None and self._high is not None  # noqa: S101 - a valid number was added
        mean, std = self._moments.sums.of(valid, self._low, self._high)
        few = self._few.values
        return Column(
            NUMERIC, self._n, self._nulls, self._infinite, distinct=distinct if few is None else len(few), low=self._low, high=self._high,
            mean=mean, std=std, sums=self._moments.sums, values=few, edges=self._edges, counts=self._bins.counts,
        )


def _ends(block: Numbers) -> tuple[float, float]:
    """Least and largest number, of zero there is one; not finite where some number is not."""
    return float(block.min()) + 0.0, float(block.max()) + 0.0
