"""Paired resampling: the same rows drawn again for two models, so that what is hard for both cancels out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

Interval = tuple[float, float]

_TAIL = 0.025


class Difference(Protocol):
    """Some differences of two models, counted over rows and over rows that are made up.

    Where two models differ on no row, all resamples are alike, and would call certain what is not. So there is, of each label
    or group, one row more that only the first has right, and one that only the second has.
    """

    @property
    def more(self) -> int:
        """How many rows are made up; they come after the others."""

    def __call__(self, times: Floats) -> Sequence[float]:
        """How often each row counts -> the differences; not finite where one is not known."""


def paired_intervals(differences: Sequence[Difference], rows: int, resamples: int, seed: int) -> list[list[Interval | None]]:
    """95 % intervals of each of the differences; None where some resample has none.

    Args:
        rows: of the data, which are drawn with replacement, as many again.

    Source: Efron 1979, the percentile bootstrap, of rows; Agresti and Min 2005 for the rows added to matched pairs.
    """
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(seed))
    drawn: list[list[Sequence[float]]] = [[] for _ in differences]
    for _ in range(resamples):
        times = np.bincount(generator.integers(0, rows, rows), minlength=rows)
        for found, difference in zip(drawn, differences, strict=True):
            found.append(difference(np.concatenate([times, generator.poisson(1.0, difference.more)]).astype(np.float64)))
    return [[_middle(list(column)) for column in zip(*found, strict=True)] for found in drawn]


def as_they_are(rows: int, more: int) -> Floats:
    """Every row once, and what is made up not at all."""
    import numpy as np

    return np.concatenate([np.ones(rows), np.zeros(more)])


def _middle(drawn: list[float]) -> Interval | None:
    if not all(map(math.isfinite, drawn)):
        return None
    drawn.sort()
    cut = int(len(drawn) * _TAIL)
    return drawn[cut], drawn[-1 - cut]
