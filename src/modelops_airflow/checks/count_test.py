"""Tests of two rows of counts by label: could both be drawn from the same? P-values, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .share import Share
from .two_proportions import fisher_p, pooled_z_p

Tested = float | str
"""A p-value, or why there is none."""

_DRAWS, _SEED = 1000, 0
_MOST = 10**9  # of NumPy's generator


def chisquare_p(baseline: Sequence[int], current: Sequence[int]) -> Tested:
    """Pearson's test with the baseline's shares as expectation (Pearson 1900)."""
    expected = _expected(baseline, current)
    if isinstance(expected, str):
        return expected
    statistic = math.fsum((c - e) ** 2 / e for c, e in zip(current, expected, strict=True))
    return _beyond(statistic, len(expected) - 1)


def g_test_p(baseline: Sequence[int], current: Sequence[int]) -> Tested:
    """The likelihood-ratio test with the baseline's shares as expectation (Wilks 1938).

    Evidently takes the baseline's counts unscaled, and so has an answer only where both sides have as many rows;
    there it is the same.
    """
    expected = _expected(baseline, current)
    if isinstance(expected, str):
        return expected
    statistic = 2 * math.fsum(c * math.log(c / e) for c, e in zip(current, expected, strict=True) if c)
    return _beyond(max(0.0, statistic), len(expected) - 1)


def z_p(baseline: Sequence[int], current: Sequence[int]) -> Tested:
    """Two-sided test of the share of all labels but the first, with the pooled variance; 1 for one and the same label."""
    if len(baseline) == 1:
        return 1.0
    return pooled_z_p(_first(baseline), _first(current))


def fisher_exact_p(baseline: Sequence[int], current: Sequence[int]) -> Tested:
    """Fisher's exact two-sided test (Fisher 1922), for two labels."""
    if len(baseline) > 2:
        return f"a test for two labels, found {len(baseline)}"
    return fisher_p(_first(baseline), _first(current))


def _first(counts: Sequence[int]) -> Share:
    return Share(counts[0], sum(counts))


def tvd_p(baseline: Sequence[int], current: Sequence[int]) -> Tested:
    """Permutation test of the total variation distance: the share of 1000 seeded redistributions that are at least as far.

    A redistribution of rows is a draw of the counts from the multivariate hypergeometric distribution, so no row is
    needed; Evidently redistributes the rows themselves, and both shares vary by up to 0.016 (one standard error).
    """
    import numpy as np

    both = np.asarray(baseline, dtype=np.int64) + np.asarray(current, dtype=np.int64)
    n, m = sum(baseline), sum(current)
    if n + m >= _MOST:
        return f"it redistributes rows, and both sides have {n + m}; expected less than {_MOST}"

    def distance(of: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.asarray(np.abs(of / n - (both - of) / m).sum(axis=-1) / 2)

    draws = np.random.default_rng(_SEED).multivariate_hypergeometric(both, n, size=_DRAWS, method="marginals")
    observed = distance(np.asarray(baseline, dtype=np.int64))
    return float((distance(draws) >= observed - 1e-12).mean())


COUNT_TESTS: Mapping[str, Callable[[Sequence[int], Sequence[int]], Tested]] = {
    "chisquare": chisquare_p, "g_test": g_test_p, "z": z_p, "fisher_exact": fisher_exact_p, "TVD": tvd_p,
}

DRAWN = frozenset({"TVD"})
"""Those that draw at random, and so are near their value and not at it."""


def _expected(baseline: Sequence[int], current: Sequence[int]) -> list[float] | str:
    if len(baseline) < 2:
        return "there is one label only"
    if not all(baseline):
        return "a label of the current data is not in the baseline"
    scale = sum(current) / sum(baseline)
    return [count * scale for count in baseline]


def _beyond(statistic: float, freedom: int) -> float:
    """Probability of more than the statistic under chi-squared.

    Of whole degrees of freedom it is a finite sum (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5), so SciPy, whose import
    takes longer than the checks of a thousand rows, is not asked.
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    first = freedom % 2 / 2
    terms = (math.exp((first + step) * math.log(half) - half - math.lgamma(first + step + 1)) for step in range(freedom // 2))
    return min(1.0, math.fsum([*terms, math.erfc(math.sqrt(half)) if first else 0.0]))
