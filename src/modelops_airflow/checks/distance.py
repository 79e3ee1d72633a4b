"""Distances between two distributions of counts, by Evidently's definitions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence


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


def kl_div(baseline: Sequence[float], current: Sequence[float]) -> float:
    """Kullback-Leibler divergence of the current shares from the baseline's, natural logarithm; zeros are filled, then normed."""
    p, q = filled(baseline), filled(current)
    p_total, q_total = math.fsum(p), math.fsum(q)
    return max(0.0, math.fsum(b / p_total * math.log(b / p_total / (c / q_total)) for b, c in zip(p, q, strict=True)))


def hellinger(baseline: Sequence[float], current: Sequence[float]) -> float:
    """Hellinger distance: the root of what the shares' geometric means lack to 1."""
    return math.sqrt(1 - min(1.0, math.fsum(math.sqrt(b * c) for b, c in zip(baseline, current, strict=True))))


DISTANCES: Mapping[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "psi": psi, "jensenshannon": jensenshannon, "kl_div": kl_div, "hellinger": hellinger,
}
"""Of shares, by Evidently's names."""
