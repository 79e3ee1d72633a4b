"""Comparisons of two samples of numbers that need every row of both, by Evidently's names and with its defaults.

Heavy imports are SciPy's and happen only where a comparison is asked for.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .values import exact_sum

if TYPE_CHECKING:
    import numpy as np

    Sample = np.ndarray[Any, Any]

MOST_ROWS = 4000
"""Of both sides together, for what compares each row with each."""

_PERMUTATIONS, _SEED = 100, 0


def two_sample(name: str, old: Sample, new: Sample) -> float | str:
    """What a comparison of two sorted finite samples comes to, or why it cannot be made."""
    if min(len(old), len(new)) < 2:
        return "a side has fewer than two rows"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy says that it stops at its tables' ends; the number says it too
        try:
            value = ROW_TESTS[name](old, new)
        except (ValueError, ArithmeticError, IndexError) as error:
            return str(error).splitlines()[0]
    return value if math.isfinite(value) else "it is not defined for these values"


def anderson(old: Sample, new: Sample) -> float:
    """P-value of the k-sample Anderson-Darling test (Scholz and Stephens 1987), between 0.001 and 0.25 as SciPy's tables are."""
    from scipy import stats  # type: ignore[import-untyped,unused-ignore]

    return float(stats.anderson_ksamp([old, new])[2])


def cramer_von_mises(old: Sample, new: Sample) -> float:
    """P-value of the two-sample Cramér-von Mises test (Anderson 1962), exact up to 20 rows a side."""
    from scipy import stats

    return float(stats.cramervonmises_2samp(old, new).pvalue)


def mannw(old: Sample, new: Sample) -> float:
    """P-value of the Mann-Whitney U test that the baseline is the smaller: one-sided, as Evidently has it."""
    from scipy import stats

    return float(stats.mannwhitneyu(old, new, alternative="less").pvalue)


def es(old: Sample, new: Sample) -> float:
    """P-value of the Epps-Singleton test (Epps and Singleton 1986).

    Raises:
        ValueError: fewer than five rows, or the middle half of the values is one value.
    """
    import numpy as np
    from scipy import stats

    low, high = np.percentile(np.concatenate([old, new]), [25, 75])
    if low == high:
        raise ValueError("the middle half of the values is one and the same value")
    return float(stats.epps_singleton_2samp(old, new)[1])


def ed(old: Sample, new: Sample) -> float:
    """Energy distance (Székely and Rizzo 2013): root of twice the area between the squared distribution functions."""
    import numpy as np

    values = np.unique(np.concatenate([old, new]))
    below = [np.searchsorted(side, values, side="right") / len(side) for side in (old, new)]
    return math.sqrt(2 * exact_sum((below[0] - below[1])[:-1] ** 2 * np.diff(values.astype(np.float64))))


def hellinger(old: Sample, new: Sample) -> float:
    """Hellinger distance over equal bins of the joint range, as many as Sturges' rule gives for the different values."""
    import numpy as np

    edges = np.histogram_bin_edges(np.unique(np.concatenate([old, new])), bins="sturges")
    shares = [np.histogram(side, edges)[0] / len(side) for side in (old, new)]
    return math.sqrt(1 - min(1.0, exact_sum(np.sqrt(shares[0] * shares[1]))))


def empirical_mmd(old: Sample, new: Sample) -> float:
    """Permutation p-value of the maximum mean discrepancy with a Gaussian kernel (Gretton et al. 2012).

    The kernel's width is the median distance within the baseline. The share of 100 seeded redistributions that are at
    least as far: Evidently draws them unseeded, so its own answer varies by up to 0.05 (one standard error).

    Raises:
        ValueError: both sides have more than `MOST_ROWS`: every row is compared with every other.
    """
    import numpy as np

    n, m = len(old), len(new)
    if n + m > MOST_ROWS:
        raise ValueError(f"it compares each row with each; both sides have {n + m} rows, expected at most {MOST_ROWS}")
    both = np.concatenate([old, new]).astype(np.float64)
    far = (both[:, None] - both[None, :]) ** 2
    width = float(np.percentile(far[:n, :n], 50, method="nearest")) or 1.0
    kernel = np.exp(-far / width)
    np.fill_diagonal(kernel, 0)
    generator, members = np.random.default_rng(_SEED), np.zeros((n + m, _PERMUTATIONS + 1))
    members[:n, 0] = 1
    for column in range(1, _PERMUTATIONS + 1):
        members[generator.permutation(n + m)[:n], column] = 1
    sums = kernel @ members
    inside, touching = (members * sums).sum(axis=0), members.T @ kernel.sum(axis=1)
    outside = kernel.sum() - 2 * touching + inside
    parts = np.array([inside / (n * (n - 1)), outside / (m * (m - 1)), -2 * (touching - inside) / (n * m)])
    found, rounding = parts.sum(axis=0), np.abs(parts).max() * 1e-15
    return float((found[1:] >= found[0] - rounding).mean())


ROW_TESTS: Mapping[str, Callable[[Sample, Sample], float]] = {
    one.__name__: one for one in (anderson, cramer_von_mises, mannw, es, ed, hellinger, empirical_mmd)
}
