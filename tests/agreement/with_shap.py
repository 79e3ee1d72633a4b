"""SHAP values, which ours samples by permutations of a model that is only asked, beside shap's explainers that look into a model or try everything."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from asked import measure
from statistic import Agreement, Tolerance

NAMES = ("a", "b", "c", "d")
ROWS = 100
EXACT = Tolerance(1e-9, 1e-9)
NEAR = Tolerance(0, 1e-6, "TreeExplainer's values add up to the predictions to 1e-7")


def compare(agreement: Agreement, _: int) -> None:
    """100 rows over themselves, of models whose features act alone or in pairs, for which two orders there and back are exact."""
    draw = np.random.default_rng(8)
    rows = draw.normal(size=(ROWS, len(NAMES)))
    truth = rows @ [3.0, -1.0, 0.5, 0.0] + rows[:, 0] * rows[:, 1] + draw.normal(size=ROWS)
    for name, ask, explained in (_linear(rows, truth), _trees(rows, truth), _pairs(rows)):
        ours = _ours(rows, truth, ask)
        for column, theirs in zip(NAMES, np.abs(explained).mean(axis=0), strict=True):
            agreement.of("shap", f"shap_mean_absolute ({name})", NEAR if "Tree" in name else EXACT).add(column, ours[column], float(theirs))


def _ours(rows: Any, truth: Any, ask: Callable[[Any], Any]) -> dict[str, float | None]:
    table = pa.table({name: rows[:, at] for at, name in enumerate(NAMES)} | {"y": truth})

    def model(features: pa.Table) -> pa.Table:
        return pa.table({"prediction": ask(np.column_stack([features[name].to_numpy() for name in NAMES]))})

    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), "explainability", table, model, {"method": "shap", "explained": ROWS, "background": ROWS, "repeats": 2}, target="y")
    return {row.where["column"]: row.value for row in measured.metrics if row.name == "shap_mean_absolute"}


def _linear(rows: Any, truth: Any) -> tuple[str, Callable[[Any], Any], Any]:
    import shap
    from sklearn.linear_model import LinearRegression

    fitted = LinearRegression().fit(rows, truth)
    return "linear, LinearExplainer", fitted.predict, shap.LinearExplainer(fitted, shap.maskers.Independent(rows, max_samples=ROWS)).shap_values(rows)


def _trees(rows: Any, truth: Any) -> tuple[str, Callable[[Any], Any], Any]:
    import shap
    from sklearn.ensemble import GradientBoostingRegressor

    fitted = GradientBoostingRegressor(max_depth=2, n_estimators=40, random_state=0).fit(rows, truth)
    return "trees of two splits, TreeExplainer", fitted.predict, shap.TreeExplainer(fitted, rows, feature_perturbation="interventional").shap_values(rows)


def _pairs(rows: Any) -> tuple[str, Callable[[Any], Any], Any]:
    import shap

    def ask(x: Any) -> Any:
        return x[:, 0] * x[:, 1] + np.abs(x[:, 2]) * (x[:, 3] > 0)

    return "pairs, ExactExplainer", ask, shap.ExactExplainer(ask, shap.maskers.Independent(rows, max_samples=ROWS))(rows, silent=True).values
