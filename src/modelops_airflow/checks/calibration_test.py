"""Tests of predicted probabilities against what happened. Pure: counts in, p-values out.

One-sided tests ask whether risk is underestimated: a small p-value says that so many events would be rare if the
prediction were right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

GREEN, YELLOW, RED = 0, 1, 2
ZONES = ("green", "yellow", "red")
_YELLOW_FROM, _RED_FROM = 0.95, 0.9999
"""Cumulative probabilities at which the zones begin (Basel Committee 1996, section III.c)."""


def binomial_p(events: int, n: int, probability: float) -> float:
    """Probability of at least so many events of n."""
    from scipy.stats import binom

    return float(binom.sf(events - 1, n, probability))


def jeffreys_p(events: int, n: int, probability: float) -> float:
    """Posterior probability, under Jeffreys' prior, that the true rate is not above the predicted one.

    Source: ECB, Instructions for reporting the validation results of internal models (February 2019), section 2.5.
    """
    from scipy.stats import beta

    return float(beta.cdf(probability, events + 0.5, n - events + 0.5))


def zone(events: int, n: int, probability: float) -> int:
    """Traffic light: yellow from where so many events or fewer have a probability of 95 %, red from 99.99 %; none is green."""
    from scipy.stats import binom

    if not events:
        return GREEN
    cumulative = float(binom.cdf(events, n, probability))
    return GREEN if cumulative < _YELLOW_FROM else YELLOW if cumulative < _RED_FROM else RED


def hosmer_lemeshow_p(groups: Sequence[tuple[int, int, float]]) -> float | None:
    """P-value over groups of (n, events, mean probability); None where a group can have no variance.

    As many degrees of freedom as groups: the rows are not those that the model was fitted to.
    Source: Hosmer and Lemeshow 2013, section 5.2.2.
    """
    from scipy import special  # type: ignore[import-untyped,unused-ignore]  # the chi-squared tail, without importing all of scipy.stats

    if not groups or any(not 0 < probability < 1 for _, _, probability in groups):
        return None
    statistic = sum((events - n * p) ** 2 / (n * p * (1 - p)) for n, events, p in groups)
    return float(special.gammaincc(len(groups) / 2, statistic / 2))


def spiegelhalter_p(probability: Floats, happened: Floats) -> float | None:
    """Two-sided p-value of Spiegelhalter's z (1986) of the Brier score; None where it has no variance."""
    import numpy as np
    from scipy.stats import norm

    lean = 1 - 2 * probability
    variance = float(np.sum(lean**2 * probability * (1 - probability)))
    if variance <= 0:
        return None
    return float(2 * norm.sf(abs(float(np.sum((happened - probability) * lean))) / variance**0.5))
