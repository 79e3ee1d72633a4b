"""Distances between two distributions of counts, by Evidently's definitions."""

from __future__ import annotations

import math
from collections.abc import Sequence


def shares(counts: Sequence[int], total: int) -> list[float]:
    """Counts as shares."""
    return [count / total for count in counts]


def filled(values: Sequence[float]) -> list[float]:
    """Zeros replaced: by a millionth of the smallest share if that is at most 1e-4, else by 1e-4."""
    least = min(value for value in values if value)
    fill = least / 10**6 if least <= 0.0001 else 0.0001
    return [value or fill for value in values]


def psi(baseline: Sequence[float], current: Sequence[float]) -> float:
    """Population stability index of two lists of shares; zeros are filled."""
    return math.fsum((b - c) * math.log(b / c) for b, c in zip(filled(baseline), filled(current), strict=True))


def jensenshannon(baseline: Sequence[float], current: Sequence[float]) -> float:
    """Jensen-Shannon distance (square root of the divergence, natural logarithm); shares are normed."""
    p_total, q_total = math.fsum(baseline), math.fsum(current)
    total = []
    for b, c in zip(baseline, current, strict=True):
        p, q = b / p_total, c / q_total
        m = (p + q) / 2
        total += [value * math.log(value / m) / 2 for value in (p, q) if value]
    return math.sqrt(max(0.0, math.fsum(total)))


def chisquare_p(baseline: Sequence[int], current: Sequence[int]) -> float | None:
    """P-value of Pearson's test with the baseline's shares as expectation; None if one is zero."""
    from scipy.special import chdtrc  # type: ignore[import-untyped,unused-ignore]

    scale = sum(current) / sum(baseline)
    expected = [count * scale for count in baseline]
    if any(not value for value in expected) or len(expected) < 2:
        return None
    statistic = math.fsum((c - e) ** 2 / e for c, e in zip(current, expected, strict=True))
    return float(chdtrc(len(expected) - 1, statistic))
