"""Performance of binary, multiclass and regression models beside scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from sides import side
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import run_check

EXACT = Tolerance(1e-12, 1e-12)


def compare(agreement: Agreement, n: int) -> None:
    """All three tasks with `n` rows."""
    table = side(n + 4, n, 0.0).select(["y", "prediction", "score"])
    _add(agreement, "binary", table, _binary(*(np.array(table[name]) for name in ("y", "prediction", "score"))), n)
    draw = np.random.default_rng(n)
    y = draw.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    guess = np.where(draw.random(n) < 0.7, y, draw.choice(["a", "b", "c"], n))
    _add(agreement, "multiclass", pa.table({"y": y, "prediction": guess}), _multiclass(y, guess), n)
    truth = draw.normal(10, 3, n)
    answer = truth + draw.standard_t(3, n)
    _add(agreement, "regression", pa.table({"y": truth, "prediction": answer}), _regression(truth, answer), n)


def _add(agreement: Agreement, task: str, table: pa.Table, theirs: dict[str, float], n: int) -> None:
    ours = {row.name: row.value for row in run_check("performance", profiles(table, target="y"), {}).metrics}
    for name, value in theirs.items():
        agreement.of("scikit-learn", f"{name} ({task})", EXACT).add(f"{n} rows", ours[name], float(value))


def _binary(y: Any, guess: Any, score: Any) -> dict[str, float]:
    import sklearn.metrics as sk

    fpr, tpr, _ = sk.roc_curve(y, score)
    return {"auc": sk.roc_auc_score(y, score), "gini": 2 * sk.roc_auc_score(y, score) - 1, "ks": np.max(tpr - fpr), "accuracy": sk.accuracy_score(y, guess),
            "precision": sk.precision_score(y, guess), "recall": sk.recall_score(y, guess), "f1": sk.f1_score(y, guess),
            "mcc": sk.matthews_corrcoef(y, guess), "balanced_accuracy": sk.balanced_accuracy_score(y, guess),
            "specificity": sk.recall_score(y, guess, pos_label=0), "pr_auc": sk.average_precision_score(y, score),
            "logloss": sk.log_loss(y, score), "brier": sk.brier_score_loss(y, score)}


def _multiclass(y: Any, guess: Any) -> dict[str, float]:
    import sklearn.metrics as sk

    macro = {"average": "macro", "zero_division": 0}
    return {"accuracy": sk.accuracy_score(y, guess), "precision": sk.precision_score(y, guess, **macro),
            "recall": sk.recall_score(y, guess, **macro), "f1": sk.f1_score(y, guess, **macro),
            "mcc": sk.matthews_corrcoef(y, guess), "balanced_accuracy": sk.balanced_accuracy_score(y, guess)}


def _regression(y: Any, answer: Any) -> dict[str, float]:
    import sklearn.metrics as sk

    return {"rmse": sk.root_mean_squared_error(y, answer), "mae": sk.mean_absolute_error(y, answer), "r2": sk.r2_score(y, answer),
            "mape": sk.mean_absolute_percentage_error(y, answer)}
