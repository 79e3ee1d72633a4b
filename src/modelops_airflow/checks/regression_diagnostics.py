"""Regression diagnostics: is what a regression leaves unexplained only noise?

Residuals are truth minus prediction, whatever kind of model predicted, so the tests that were made for least squares
are to be read as descriptions for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC, Profiles
from ..data.values import kind_of, numbers
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .given import all_rows, numbers_of, truth_column
from .residual_test import (
    Told,
    breusch_pagan_p,
    complete,
    durbin_watson,
    jarque_bera_p,
    ljung_box_p,
    variance_inflation,
)
from .sample import features_seen

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("durbin_watson", "ljung_box_p", "breusch_pagan_p", "jarque_bera_p", "vif")
NAME = "regression-diagnostics"
LEAST = 30
_NO_TIME = "the order of the rows means nothing without a time; name data.columns.time, or set order: rows"


@check(NAME, version=1, metrics=METRICS)
def regression_diagnostics(
    profiles: Profiles,
    *,
    lags: int = 10,
    order: str = "time",
    rows: int = 100_000,
    context: CheckContext,
) -> Measurement:
    """Residuals of a regression: correlated in time, of unequal variance, not normal; and features that repeat each other.

    Args:
        lags: how far back `ljung_box_p` looks (rows, 1 or more), fewer than a fifth of them.
        order: what puts residuals in order; one of time, rows. time: the time column of the model file, without which
            durbin_watson and ljung_box_p are unknown; rows: the data's own order.
        rows: the last so many rows with a label, in that order (30 to 1,000,000).

    Returns:
        `durbin_watson` (0 to 4, 2 is none), p-values of Ljung-Box, Breusch-Pagan and Jarque-Bera, and `vif` of each
        numeric feature. Other features are left out of the last two tests, and rows that lack a number of the kept ones.

    Raises:
        CheckError: the truth is no number, a labelled row has no finite prediction or no time, fewer than 30 labelled
            rows, or a number out of range.

    Source: statsmodels (durbin_watson, acorr_ljungbox, het_breuschpagan with Koenker's robust form, jarque_bera,
        variance_inflation_factor with a constant).
    """
    fit = _Fit.of(profiles, context, order, rows)
    n = len(fit.residuals)
    if lags >= n / 5:
        raise CheckError(f"lags is {lags}; expected fewer than a fifth of {n} rows")
    usable, left = complete(fit.features)
    kept = {name: values[usable] for name, values in fit.features.items() if name not in left}
    matrix = _matrix(kept, int(usable.sum()))
    flat = fit.flat
    found = [
        _metric("durbin_watson", flat or fit.unordered or durbin_watson(fit.residuals), n),
        _metric("ljung_box_p", flat or fit.unordered or ljung_box_p(fit.residuals, lags), n),
        _metric("breusch_pagan_p", flat or breusch_pagan_p(fit.residuals[usable], matrix), int(usable.sum())),
        _metric("jarque_bera_p", flat or jarque_bera_p(fit.residuals), n),
        *(_metric("vif", value, len(matrix), name) for name, value in zip(kept, variance_inflation(matrix), strict=True)),
        *(Metric("vif", None, {"column": name}, n=n, judged=False, reason=why) for name, why in left.items()),
    ]
    return Measurement.of(NAME, found, notes=fit.notes)


def _metric(name: str, told: Told, n: int, column: str | None = None) -> Metric:
    where = {"column": column} if column is not None else {}
    return Metric(name, None, where, n=n, reason=told) if isinstance(told, str) else Metric(name, told, where, n=n)


def _matrix(columns: dict[str, Floats], rows: int) -> Floats:
    import numpy as np

    return np.column_stack(list(columns.values())) if columns else np.empty((rows, 0))


@dataclass(frozen=True)
class _Fit:
    """What a regression leaves.

    Attributes:
        residuals: truth minus prediction, in order.
        features: numeric ones of the same rows.
        unordered: why the order means nothing; empty if it means something.
        flat: why the residuals tell nothing; empty if they do.
    """

    residuals: Floats
    features: dict[str, Floats]
    unordered: str
    flat: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, profiles: Profiles, context: CheckContext, order: str, rows: int) -> _Fit:
        """Read, order, cut and, where the data brings no predictions, ask."""
        import numpy as np

        table = all_rows(profiles, context)
        time = context.columns.get("time") if order == "time" else None
        places, notes = _placed(table, _labelled(table, profiles, context), time)
        if len(places) > rows:
            notes.append(f"the last {rows} of {len(places)} labelled rows")
        table = _take(table, places[-rows:])
        predicted = numbers_of("prediction", table, profiles, context, NAME)
        if bad := int((~np.isfinite(predicted)).sum()):
            raise CheckError(f"{bad} rows have a label and no finite prediction")
        truth = numbers(truth_column(table, context, NAME))
        features = features_seen(table, profiles, context)
        numeric = {name: numbers(features[name]) for name in features.column_names
                   if name not in context.columns.get("key", ()) and kind_of(features[name]) == NUMERIC}
        residuals = truth - predicted
        flat = "the residuals do not vary" if np.ptp(residuals) <= 1e-12 * max(1.0, float(np.abs(truth).max())) else ""
        return cls(residuals, numeric, "" if time or order == "rows" else _NO_TIME, flat, tuple(notes))


def _labelled(table: pa.Table, profiles: Profiles, context: CheckContext) -> np.ndarray[Any, Any]:
    """Rows whose true amount is known."""
    import numpy as np

    truth = truth_column(table, context, NAME)
    if kind_of(truth) != NUMERIC or (profiles.current.outcomes is not None and profiles.current.outcomes.task != "regression"):
        raise CheckError("the truth is a label, not an amount; these are diagnostics of regressions")
    known = np.flatnonzero(np.isfinite(numbers(truth)))
    if len(known) < LEAST:
        raise CheckError(f"{len(known)} rows have a label; expected at least {LEAST}")
    return known


def _placed(table: pa.Table, known: np.ndarray[Any, Any], time: str | None) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Labelled rows in order, and what a reader must know of it."""
    notes = [f"order: {time or 'that of the data'}"]
    if len(known) < table.num_rows:
        notes.append(f"{table.num_rows - len(known)} rows have no label and are left out")
    if time is None:
        return known, notes
    known, tied = _by_time(table[time], known)
    return known, [*notes, f"{tied} rows have the time of another row; among them the order is the data's"] if tied else notes


def _by_time(times: pa.ChunkedArray[Any], known: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], int]:
    """Labelled rows by time, earliest first, and how many share theirs."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    of_known = times.take(pa.array(known, pa.int64()))
    if of_known.null_count:
        raise CheckError(f"{of_known.null_count} labelled rows have no time")
    # Arrow's order of equal times is its own; the data's order is the one that can be repeated.
    ranks = np.asarray(pc.rank(of_known, tiebreaker="dense"))
    places = np.argsort(ranks, kind="stable")
    shared = np.bincount(ranks)
    return known[places], int(shared[shared > 1].sum())


def _take(table: pa.Table, places: np.ndarray[Any, Any]) -> pa.Table:
    import pyarrow as pa

    return table.take(pa.array(places, pa.int64()))
