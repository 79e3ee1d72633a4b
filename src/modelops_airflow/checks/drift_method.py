"""The methods of drift: Evidently's names, what they are for, and from where on they call a column drifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.profile import NUMERIC, Column

NUMBERS, LABELS, BOTH = "numbers", "labels", "both"


@dataclass(frozen=True)
class Method:
    """One way to compare a column with its baseline.

    Attributes:
        metric: name of what it measures; it ends in `_p` where that is a p-value: small means drift, and the
            more rows the smaller a difference it finds. All others are distances: large means drift.
        works_on: numbers, labels or both.
        threshold: Evidently's default; a p-value below it has drifted, a distance at or above it.
        rows: it compares the rows of both sides, so no profile answers it (numbers only).
    """

    metric: str
    works_on: str
    threshold: float
    rows: bool = False

    @property
    def is_p(self) -> bool:
        """Whether it measures a p-value."""
        return self.metric.endswith("_p")

    def drifted(self, value: float) -> bool:
        """Whether the default threshold calls it drift."""
        return value < self.threshold if self.is_p else value >= self.threshold


METHODS: dict[str, Method] = {
    "psi": Method("psi", BOTH, 0.1),
    "jensenshannon": Method("jensenshannon", BOTH, 0.1),
    "kl_div": Method("kl_div", BOTH, 0.1),
    "hellinger": Method("hellinger", BOTH, 0.1),
    "wasserstein": Method("wasserstein", NUMBERS, 0.1),
    "ed": Method("ed", NUMBERS, 0.1, rows=True),
    "ks": Method("ks_p", NUMBERS, 0.05),
    "t_test": Method("t_test_p", NUMBERS, 0.05),
    "mannw": Method("mannw_p", NUMBERS, 0.05, rows=True),
    "anderson": Method("anderson_p", NUMBERS, 0.1, rows=True),
    "cramer_von_mises": Method("cramer_von_mises_p", NUMBERS, 0.1, rows=True),
    "es": Method("es_p", NUMBERS, 0.05, rows=True),
    "empirical_mmd": Method("empirical_mmd_p", NUMBERS, 0.1, rows=True),
    "chisquare": Method("chisquare_p", LABELS, 0.05),
    "z": Method("z_p", LABELS, 0.05),
    "g_test": Method("g_test_p", LABELS, 0.1),
    "fisher_exact": Method("fisher_exact_p", LABELS, 0.1),
    "TVD": Method("tvd_p", LABELS, 0.1),
}
"""By Evidently 0.7's names (`legacy/calculations/stattests`); those for texts are not among them."""

BY_METRIC = {method.metric: method for method in METHODS.values()}


def exact_methods(options: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The methods of those steps that compare the sides exactly: what the scan must compute while it has the rows."""
    return frozenset(str(one.get("method", "auto")) for one in options if one.get("binning") == "evidently")


def chosen(method: str, column: Column, distinct: int) -> str:
    """The method for one column: a method for numbers becomes one for labels where the column has labels.

    Args:
        column: the baseline's.
        distinct: different values over both sides, which `auto` goes by.
    """
    if method == "auto":
        return _automatic(column, distinct)
    if column.kind == NUMERIC or METHODS[method].works_on != NUMBERS:
        return method
    return "chisquare" if METHODS[method].is_p else "jensenshannon"


def _automatic(column: Column, distinct: int) -> str:
    """Evidently's default: by the baseline's usable rows (1000) and the different values (5 and 2)."""
    many = column.kind == NUMERIC and distinct > 5
    if column.valid > 1000:
        return "wasserstein" if many else "jensenshannon"
    if many:
        return "ks"
    return "chisquare" if distinct > 2 else "z"
