"""Diagnostics of a regression beside statsmodels on the rows as they should be: in order, and of the last two tests without gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from asked import Rows
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import CheckContext, run_check

COLUMNS = {"target": "worth", "prediction": "told", "time": "day"}
LAGS = 10
MOST_ROWS = 10_000
"""Of Ljung-Box, which takes the library as many steps as rows by rows."""


def compare(agreement: Agreement, n: int) -> None:
    """`n` rows of noise, and of residuals that hang on their neighbours, on a feature, and are no normal ones."""
    draw = np.random.default_rng(n)
    features = draw.normal(size=(n, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.2], [0, 0, 1]]) * [1, 100, 1e-3]
    noise = draw.normal(size=n)
    cases = {"noise": noise, "neighbours": noise + 0.02 * np.roll(noise, 1), "unequal": noise * np.exp(0.01 * features[:, 0]), "tails": noise + 0.02 * noise**3}
    for case, residuals in cases.items():
        _add(agreement, f"{case}, {n} rows", draw, features, residuals)


def _add(agreement: Agreement, case: str, draw: np.random.Generator, features: Any, residuals: Any) -> None:
    n = len(residuals)
    gaps, mixed = draw.random(n) < 0.1, draw.permutation(n)
    told = features.sum(axis=1)
    table = pa.table({"a": features[:, 0], "b": features[:, 1], "c": np.where(gaps, np.nan, features[:, 2]), "word": ["w"] * n,
                      "told": told, "worth": told + residuals, "day": pa.array(np.arange(n).astype("datetime64[s]"))}).take(pa.array(mixed))
    context = CheckContext(dataset=Rows(table), columns=COLUMNS)
    measured = run_check("regression-diagnostics", profiles(table, **COLUMNS), {"lags": LAGS, "rows": n}, context=context)
    ours = {(row.name, *row.where.values()): row.value for row in measured.metrics}
    for name, value in _statsmodels((told + residuals) - told, features, ~gaps).items():
        agreement.of("statsmodels", name[0], Tolerance()).add(f"{name}, {case}", ours[name], float(value))


def _statsmodels(residuals: Any, features: Any, whole: Any) -> dict[tuple[str, ...], float]:
    from statsmodels.stats import diagnostic, outliers_influence, stattools

    scaled = features[whole] / features.std(axis=0)  # they lose digits over units so far apart
    design = np.column_stack([np.ones(whole.sum()), scaled])
    box = {("ljung_box_p",): diagnostic.acorr_ljungbox(residuals, lags=[LAGS])["lb_pvalue"].iloc[0]} if len(residuals) <= MOST_ROWS else {}
    return box | {
        ("durbin_watson",): stattools.durbin_watson(residuals), ("jarque_bera_p",): stattools.jarque_bera(residuals)[1], ("breusch_pagan_p",): diagnostic.het_breuschpagan(residuals[whole], design)[1],
    } | {("vif", name): outliers_influence.variance_inflation_factor(design, place) for place, name in enumerate("abc", start=1)}
