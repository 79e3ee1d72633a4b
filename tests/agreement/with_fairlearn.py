"""Rates of groups and intersections, their differences and ratios, beside fairlearn's MetricFrame."""

from __future__ import annotations

from typing import Any

import numpy as np
from sides import side
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.parity import prefix

RATES = ("selection_rate", "tpr", "fpr", "fnr", "tnr", "precision", "accuracy")
EXACT = Tolerance(1e-12, 0)


def compare(agreement: Agreement, n: int) -> None:
    """Both protected columns and their intersection, `n` rows."""
    table = side(n + 3, n, 0.0).select(["y", "prediction", "sex", "race"])
    both = profiles(table, target="y", favourable=1, protected=["sex", "race"])
    rows = run_check("bias", both, {"min_group_size": 1, "min_coverage": 0.0, "resamples": 100}).metrics
    ours = {(row.name, tuple(row.where.items())): row.value for row in rows}
    for by in (["sex"], ["race"], ["sex", "race"]):
        _by(agreement, ours, _frame(table, by), by, n)
    _odds(agreement, ours, table, n)


def _frame(table: Any, by: list[str]) -> Any:
    import fairlearn.metrics as fl
    from sklearn.metrics import accuracy_score, precision_score

    library = {"selection_rate": fl.selection_rate, "tpr": fl.true_positive_rate, "fpr": fl.false_positive_rate, "fnr": fl.false_negative_rate,
               "tnr": fl.true_negative_rate, "precision": lambda y, p: precision_score(y, p, zero_division=np.nan), "accuracy": accuracy_score}
    return fl.MetricFrame(metrics={name: library[name] for name in RATES}, y_true=np.array(table["y"]), y_pred=np.array(table["prediction"]),
                          sensitive_features=table.select(by).to_pandas())


def _by(agreement: Agreement, ours: dict[Any, Any], frame: Any, by: list[str], n: int) -> None:
    difference, ratio, place = frame.difference(method="between_groups"), frame.ratio(method="between_groups"), "+".join(by)
    for rate in RATES:
        statistic = agreement.of("fairlearn", rate, EXACT)
        for labels, theirs in frame.by_group[rate].items():
            where = tuple(zip(by, labels if isinstance(labels, tuple) else (labels,), strict=True))
            statistic.add(f"{where}, {n} rows", ours[rate, where], theirs)
        for form, theirs in (("difference", difference[rate]), ("ratio", ratio[rate])):
            name = f"{prefix(rate)}_{form}"
            agreement.of("fairlearn", name, EXACT).add(f"{place}, {n} rows", ours[name, (("by", place),)], theirs)


def _odds(agreement: Agreement, ours: dict[Any, Any], table: Any, n: int) -> None:
    import fairlearn.metrics as fl

    for name in ("equalized_odds_difference", "equalized_odds_ratio"):
        theirs = getattr(fl, name)(np.array(table["y"]), np.array(table["prediction"]), sensitive_features=np.array(table["race"]))
        agreement.of("fairlearn", name, EXACT).add(f"race, {n} rows", ours[name, (("by", "race"),)], theirs)
