"""Tests of a regression's residuals and of its features, by statsmodels. Pure: arrays in, a number or the reason why there is none out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

Told = float | str

_NOTHING = 1e-12
"""What doubles cannot tell apart from a linear combination, as a share of a feature's variance."""


def durbin_watson(residuals: Floats) -> Told:
    """Durbin and Watson 1950: 2 without correlation of neighbours, towards 0 with a positive one, towards 4 with a negative one."""
    from statsmodels.stats.stattools import durbin_watson as statistic

    return float(statistic(residuals))


def ljung_box_p(residuals: Floats, lags: int) -> Told:
    """Ljung and Box 1978: no correlation with any of the `lags` residuals before."""
    import numpy as np
    from scipy import special  # type: ignore[import-untyped,unused-ignore]  # the chi-squared tail
    from statsmodels.tsa.stattools import acf

    # statsmodels' acorr_ljungbox is the same number after n² steps: minutes for 100,000 rows.
    n, correlations = len(residuals), acf(residuals, nlags=lags, fft=True)[1:]
    statistic = n * (n + 2) * float(np.sum(correlations**2 / (n - np.arange(1, lags + 1))))
    return float(special.gammaincc(lags / 2, statistic / 2))


def jarque_bera_p(residuals: Floats) -> Told:
    """Jarque and Bera 1980: skewness and kurtosis of a normal distribution."""
    from statsmodels.stats.stattools import jarque_bera

    return float(jarque_bera(residuals)[1])


def breusch_pagan_p(residuals: Floats, features: Floats) -> Told:
    """Breusch and Pagan 1979, as Koenker 1981 made it robust: the variance does not hang on the features."""
    import numpy as np
    from statsmodels.stats.diagnostic import het_breuschpagan

    if not features.shape[1]:
        return "there is no number among the features that varies"
    if len(residuals) <= features.shape[1] + 1:
        return f"{len(residuals)} rows have all features; expected more than {features.shape[1] + 1}"
    design = _with_constant(features)
    if np.linalg.matrix_rank(design) < design.shape[1]:  # it would count degrees of freedom that are not there
        return "a feature is a linear combination of the others; ignore it"
    return float(het_breuschpagan(residuals, design)[1])


def variance_inflation(features: Floats) -> list[Told]:
    """Of each feature 1/(1 - R2) of its regression on the others, in their order: the diagonal of the inverse of their correlations."""
    import numpy as np

    n, width = features.shape
    if n <= width + 1:
        return [f"{n} rows have all features; expected more than {width + 1}"] * width
    if width < 2:
        return ["there is no other number among the features"] * width
    sizes, directions = np.linalg.eigh(np.corrcoef(features, rowvar=False))
    null = sizes < _NOTHING
    combined = (directions[:, null] ** 2).sum(axis=1) > _NOTHING
    found = (directions[:, ~null] ** 2 / sizes[~null]).sum(axis=1)
    return ["it is a linear combination of the other features" if repeats or one > 1 / _NOTHING else float(one)
            for one, repeats in zip(found, combined, strict=True)]


def _with_constant(features: Floats) -> Floats:
    """A column of ones before standardised features; no test changes with their scale."""
    import numpy as np

    scaled: Floats = np.column_stack([np.ones(len(features)), (features - features.mean(axis=0)) / features.std(axis=0)])
    return scaled


def complete(columns: Mapping[str, Floats]) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], dict[str, str]]:
    """Rows in which all usable features have a value, and of the features that are left out the reason why."""
    import numpy as np

    left: dict[str, str] = {}
    usable = np.ones(len(next(iter(columns.values()), ())), dtype=np.bool_)
    for name, values in columns.items():
        finite = np.isfinite(values)
        if not finite.any() or np.ptp(values[finite]) == 0:
            left[name] = "it does not vary"
        else:
            usable &= finite
    for name, values in columns.items():
        if name not in left and usable.any() and np.ptp(values[usable]) == 0:
            left[name] = "it does not vary over the rows that have all features"
    return usable, left
