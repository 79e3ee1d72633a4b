"""Intervals of rates."""

from __future__ import annotations

import math

_Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


def wilson(part: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, score interval)."""
    if whole == 0:
        return 0.0, 1.0
    p, z2 = part / whole, _Z * _Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return max(0.0, centre - half), min(1.0, centre + half)
