"""Explainability: which features do a model's answers rest on, and is that the same on the baseline's data?

Permutation importance, and SHAP values beside it where they are asked for; both need nothing of a model but answers, so
they are the same numbers for every kind. They say what the model uses, not what causes the outcome; of two features that
say the same, both look less important.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from . import shap_rows
from .answers import model_of_any_row
from .check import CheckContext, check
from .permutation_importance import CHANGE, Study
from .ranks import rank_correlation
from .sample import sample
from .shapley import Shapley

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("importance", "importance_std", *shap_rows.METRICS, "importance_rank_correlation", "drivers_in_top_share")


@check("explainability", version=1, metrics=METRICS)
def explainability(
    profiles: Profiles,
    *,
    method: str = "permutation",
    measure: str = "auto",
    repeats: int = 5,
    drivers: Sequence[str] | None = None,
    rows: int = 1000,
    explained: int = 100,
    background: int = 50,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Permutation importance of every feature, SHAP values if asked for, and whether the ranking is that of the baseline.

    Args:
        method: what ranks the features; one of permutation, shap. shap needs the package's extra of that name, scores or
            amounts, and measures permutation importance beside it.
        measure: what falls when a feature is shuffled; one of auto, auc, accuracy, r2, change. auto is auc for two labels
            with scores, accuracy for other labels, r2 for amounts. `change` needs no truth: the mean absolute change of
            the score or the amount, of labels the share that changes.
        repeats: shuffles of each feature, and of shap the orders in which features are added, each there and back (2 to 100).
        drivers: features that are expected to matter most.
        rows: at most so many rows of each side, drawn without replacement (10 to 1,000,000).
        explained: of shap, at most so many of these rows are explained (10 to 10,000).
        background: of shap, at most so many of these rows stand for a feature that is taken away (10 to 1,000).
        seed: of the draws and the shuffles (0 to 4,294,967,295).

    Returns:
        For each feature the mean and standard deviation (over shuffles, n in the denominator) of the fall;
        `importance_rank_correlation`, Spearman's, between both sides: 1 is the same ranking; and with `drivers` the
        share of them that are among as many most important features. With shap for each feature the mean absolute SHAP
        value, in units of the score or the amount, and its share of their sum; the largest share; the additivity gap: how
        far values and mean answer are from a row's answer, at most; and the rank correlation with permutation importance.

    Raises:
        CheckError: no model or an answer that cannot be used, no truth where the measure needs it, a measure that does
            not fit the task, fewer than two features, an unknown driver, or a number out of range; for shap no library, labels
            without scores, more than 20,000,000 questions, or an additivity gap above a 100,000th of the largest answer.

    Source: Breiman 2001; the shuffles and numbers are those of scikit-learn's `permutation_importance` with the same
        seed on the same rows. Lundberg and Lee 2017; SHAP values are those of the library shap's `PermutationExplainer`
        with the masker `Independent`: exact for models whose features act alone or in pairs, else sampled.
    """
    drawn = sample(profiles, context, rows, seed)
    drawn.demand_times(repeats, "repeats")
    names = drawn.columns(None)
    if len(names) < 2:
        raise CheckError(f"the model sees one feature, {names[0]!r}; importance compares at least two")
    expected = drawn.columns(drivers) if drivers is not None else []
    if len(expected) >= len(names):
        raise CheckError(f"{len(expected)} of {len(names)} features are named as drivers; expected fewer: that all of them are among all says nothing")
    model = model_of_any_row(context, "explainability")
    study = Study.of(model, drawn, measure, "current data")
    falls = study.falls(repeats, seed)
    n = drawn.table.num_rows
    found = [row for name, fall in zip(names, falls, strict=True) for row in (
        Metric("importance", float(fall.mean()), {"column": name}, n=n), Metric("importance_std", float(fall.std()), {"column": name}, n=n))]
    weights, notes = falls.mean(axis=1), [f"measure: {study.measure}", drawn.told("current data", seed)]
    shapley = Shapley(explained, background, repeats, seed) if method == "shap" else None
    if shapley is not None:
        values = shapley.of(study, profiles)
        found += shap_rows.shap_rows(values, weights)
        weights = values.strengths
        notes.append(values.told)
    found.append(_stability(profiles, context, study, shapley, weights, rows=rows, repeats=repeats, seed=seed))
    if expected:
        found.append(_drivers(expected, names, weights))
    return Measurement.of("explainability", found, notes=notes)


def _stability(
    profiles: Profiles, context: CheckContext, now: Study, shapley: Shapley | None, weights: Floats, *, rows: int, repeats: int, seed: int,
) -> Metric:
    """Rank correlation with the importance on the baseline's rows."""
    names = now.drawn.features.column_names
    metric, n = "importance_rank_correlation", len(names)
    if context.baseline is None:
        return Metric(metric, None, n=n, reason="there is no baseline to compare with")
    old = sample(profiles, context, rows, seed, side="baseline")
    old.demand_times(repeats, "repeats")
    if set(old.features.column_names) != set(names):
        raise CheckError(f"the baseline has other features: {', '.join(sorted(set(old.features.column_names) ^ set(names)))}")
    try:
        if shapley is None:
            before = Study.of(now.model, old, now.measure, "baseline").falls(repeats, seed).mean(axis=1)
        else:
            before = shapley.of(Study.of(now.model, old, CHANGE, "baseline"), profiles).strengths
    except CheckError as error:
        return Metric(metric, None, n=n, reason=str(error))
    by_name = dict(zip(old.features.column_names, before, strict=True))
    value = rank_correlation(weights, _array([by_name[name] for name in names]))
    return Metric(metric, value, n=n, reference="baseline", reason=None if value is not None else "no feature is more important than another")


def _drivers(expected: Sequence[str], names: Sequence[str], means: Floats) -> Metric:
    by_name = dict(zip(names, means, strict=True))
    # Of equal importance the feature that was not expected counts first: a tie is no proof, and no importance is none.
    first = sorted(names, key=lambda name: (-by_name[name], name in expected))[: len(expected)]
    ranked = [name for name in first if by_name[name] > 0]
    absent = [name for name in expected if name not in ranked]
    reason = f"not among the {len(expected)} most important ({', '.join(ranked)}): {', '.join(absent)}" if absent else None
    return Metric("drivers_in_top_share", 1 - len(absent) / len(expected), n=len(expected), reason=reason)


def _array(values: Sequence[float]) -> Floats:
    import numpy as np

    return np.array(values, dtype=np.float64)
