"""Every method of drift for columns beside Evidently's, by its own names."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
from sides import LABELS, ROLES, side
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.drift_method import BOTH, METHODS
from modelops_airflow.checks.drift_method import LABELS as ON_LABELS
from modelops_airflow.checks.drift_method import NUMBERS as ON_NUMBERS

DRAWN = "both draw at random"
TOLERANCES = {
    "TVD": Tolerance(0.07, 0, DRAWN), "empirical_mmd": Tolerance(0.2, 0, DRAWN),
    "cramer_von_mises": Tolerance(1e-6, 0, "Evidently ends the series at terms below 1e-7"),
}
MOST_ROWS = {"empirical_mmd": 1_000, "TVD": 10_000}
"""Where the library takes minutes: it holds a matrix of rows by rows, or redistributes rows a thousand times."""
ONE_SIZE = ("g_test", "fisher_exact")
"""Evidently raises where the sides have two sizes; we scale."""


def compare(agreement: Agreement, n: int) -> None:
    """Both sides of `n` rows: every column by every method that takes its kind."""
    old, new = (side(seed, n, shift).drop_columns(list(ROLES)) for seed, shift in ((n + 1, 0.0), (n + 2, 0.05)))
    asked = [name for name in METHODS if n <= MOST_ROWS.get(name, n)]
    both = profiles(new, old, methods=asked)
    for method in asked:
        statistic = agreement.of("Evidently", method, TOLERANCES.get(method, Tolerance()))
        rows = {row.where.get("column"): row.value for row in run_check("drift", both, {"method": method, "binning": "evidently"}).metrics}
        for column in old.column_names:
            if METHODS[method].works_on in (BOTH, ON_LABELS if column in LABELS else ON_NUMBERS):
                statistic.add(f"{column}, {n} rows", rows[column], _evidently(old, new, column, method), ours_alone=method in ONE_SIZE)


def _evidently(old: pa.Table, new: pa.Table, column: str, method: str) -> float | None:
    from evidently.legacy.calculations.stattests import get_stattest
    from evidently.legacy.core import ColumnType

    sides: list[Any] = [one[column].to_pandas().replace([np.inf, -np.inf], np.nan).dropna() for one in (old, new)]
    if sides[0].dtype == np.float32:
        sides = [one.astype(np.float64) for one in sides]  # ours reads all numbers in double precision
    kind = ColumnType.Categorical if column in LABELS else ColumnType.Numerical
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(get_stattest(*sides, kind, method)(*sides, kind, None).drift_score)
        except ValueError:
            return None
