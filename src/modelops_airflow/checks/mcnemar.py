"""McNemar's test: are two models right equally often on the same rows?"""

from __future__ import annotations


def mcnemar_p(one: int, other: int) -> float:
    """Two-sided exact p-value.

    Args:
        one: rows that only the first has right.
        other: rows that only the second has right.

    Source: McNemar 1947, with the binomial distribution in place of its approximation; 1 where no row tells them apart.
    """
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(min(one, other), one + other, 0.5)))
