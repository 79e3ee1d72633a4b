"""Resampling: 95 % intervals of differences and ratios of two rates, from their counts alone."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .share import Share

if TYPE_CHECKING:
    import numpy as np

_LEAST, _MOST = 100, 100_000
_TAIL = 0.025

Interval = tuple[float, float]


@dataclass(frozen=True)
class Resampling:
    """A bootstrap of counts with percentile intervals.

    Each rate is drawn from the binomial distribution of its whole with one row added to both sides. Without
    them a rate of 0 or 1 would be certain, and ratios of rare outcomes would be covered by two of three
    intervals only; with them the intervals of small groups are a little wide, never narrow. What a rate draws
    depends on the seed, its name, its group and its counts, so it is the same in every process, whatever
    other groups there are.

    Source: Efron 1979 (percentile bootstrap); Agresti and Caffo 2000 for the rows added.

    Raises:
        CheckError: a number of resamples outside 100 to 100,000, or a negative seed.
    """

    resamples: int
    seed: int

    def __post_init__(self) -> None:
        if not _LEAST <= self.resamples <= _MOST:
            raise CheckError(f"resamples is {self.resamples}; expected {_LEAST} to {_MOST}")
        if self.seed < 0:
            raise CheckError(f"seed is {self.seed}; expected 0 or more")

    def difference(self, high: Share, low: Share) -> Interval | None:
        """Of `high` minus `low`; None without rows."""
        return self._within(self._drawn(high) - self._drawn(low)) if high.whole and low.whole else None

    def ratio(self, one: Share, reference: Share) -> Interval | None:
        """Of `one` over `reference`; None without rows, or where the reference may well be 0."""
        import numpy as np

        if not one.whole or not reference.whole:
            return None
        part, whole = self._drawn(one), self._drawn(reference)
        return self._within(np.divide(part, whole, out=np.full(self.resamples, np.inf), where=whole > 0))

    def _within(self, drawn: np.ndarray[Any, Any]) -> Interval | None:
        import numpy as np

        ordered = np.sort(drawn)
        cut = int(self.resamples * _TAIL)
        low, high = float(ordered[cut]), float(ordered[-1 - cut])
        return (low, high) if math.isfinite(low) and math.isfinite(high) else None

    def _drawn(self, share: Share) -> np.ndarray[Any, Any]:
        return _drawn(share, self.resamples, self.seed)


@lru_cache(maxsize=16)  # a share is compared more than once, one soon after the other
def _drawn(share: Share, resamples: int, seed: int) -> np.ndarray[Any, Any]:
    import numpy as np

    place = int.from_bytes(hashlib.sha256(share.of.encode("utf-8", "backslashreplace")).digest()[:16])
    generator = np.random.Generator(np.random.PCG64([seed, place]))
    chance = (share.part + 1) / (share.whole + 2)
    drawn: np.ndarray[Any, Any] = generator.binomial(share.whole, chance, resamples) / share.whole
    return drawn
