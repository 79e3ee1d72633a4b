"""Ranks, and Spearman's correlation of two rankings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def ranks(values: Floats) -> Floats:
    """Ranks from 1, ascending; equal values share the mean of their ranks."""
    import numpy as np

    _different, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: Floats = (last - (counts - 1) / 2)[place]
    return shared


def rank_correlation(one: Floats, other: Floats) -> float | None:
    """Spearman's rho (1904); None where a side has no order at all."""
    import numpy as np

    a, b = (side - side.mean() for side in (ranks(one), ranks(other)))
    # Sums of products, and no products of vectors: those depend on the threads of the library behind them.
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float(np.clip((a * b).sum() / size, -1, 1)) if size else None
