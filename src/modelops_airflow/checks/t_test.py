"""Student's two-sample t-test with equal variances, from moments alone."""

from __future__ import annotations

import math

from ..data.profile import Column


def t_test_p(old: Column, new: Column) -> float | str:
    """Two-sided p-value (Student 1908), or why there is none."""
    from scipy.special import stdtr  # type: ignore[import-untyped,unused-ignore]

    if old.mean is None or new.mean is None or old.std is None or new.std is None:
        return "no numbers"
    n, m = old.valid, new.valid
    if n + m < 3:
        return "fewer than three rows"
    pooled = (n * old.std**2 + m * new.std**2) / (n + m - 2)
    if not pooled:
        return "neither side varies"
    return float(2 * stdtr(n + m - 2, -abs(old.mean - new.mean) / math.sqrt(pooled * (1 / n + 1 / m))))
