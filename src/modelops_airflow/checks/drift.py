"""Drift: has the data moved away from the baseline?

Two binnings. `baseline` counts the current side on the edges stored with the baseline's profile; its Kolmogorov-Smirnov and Wasserstein distances carry their error bound. `evidently`
compares both sides exactly and equals Evidently's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..data.profile import NUMERIC, Column, Profiles
from ..data.texts import TEXT
from ..data.values import FEW_VALUES
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import check
from .compared_columns import NO_BASELINE, compared_columns
from .drift_exact import exact
from .drift_method import BY_METRIC, METHODS, chosen
from .drift_stored import stored

METRICS = (*BY_METRIC, "ks_distance", "drifted_share")


@check("drift", version=2, metrics=METRICS)
def drift(
    profiles: Profiles,
    *,
    method: str = "auto",
    binning: str = "baseline",
    columns: Sequence[str] | None = None,
    roles: Sequence[str] = ("feature", "protected", "prediction", "score", "target"),
) -> Measurement:
    """Distance of every column from the baseline: features, prediction, score and target; free texts by their length.

    Args:
        method: Evidently's name; one of auto, psi, jensenshannon, kl_div, hellinger, wasserstein, ed, ks, t_test,
            mannw, anderson, cramer_von_mises, es, empirical_mmd, chisquare, z, g_test, fisher_exact, TVD. auto is
            Evidently's choice by the baseline's rows and the different values. Where a column has labels a test
            of numbers becomes chisquare and a distance of numbers jensenshannon. As Evidently has them, mannw
            finds only numbers that became larger, and z only a change of the first label's share.
        binning: one of baseline, evidently. `baseline` is one scan on stored edges with an error
            bound; `evidently` reads both sides and equals the library. ed, mannw, anderson, cramer_von_mises,
            es and empirical_mmd compare rows and need `evidently`.
        columns: only these columns.
        roles: only columns of these roles.

    Raises:
        CheckError: no baseline, a column is missing or has no usable value.

    Source: Evidently 0.7 (`calculations/stattests`) for definitions and defaults.
    """
    if profiles.baseline is None:
        raise CheckError(NO_BASELINE)
    if binning == "evidently" and profiles.pairs is None:
        raise CheckError("the sides were not compared exactly; scan them again with binning: evidently")
    with_texts = (*roles, TEXT) if "feature" in roles else roles
    rows = [_compare(profiles, name, method, binning) for name in compared_columns(profiles, columns, with_texts)]
    rows.append(_drifted(rows))
    notes: tuple[str, ...]
    if binning == "baseline":
        notes = (
            "binning: the baseline's deciles; another binning than Evidently's, so another number for psi, jensenshannon, kl_div and hellinger",
            "error_bound: how far the value can be from the exact one by the same definition",
        )
    else:
        notes = (f"binning: {binning}",)
    return Measurement.of("drift", rows, notes=notes)


def _compare(profiles: Profiles, name: str, method: str, binning: str) -> Metric:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `drift` has looked
    old, new = profiles.baseline.columns[name], profiles.current.columns[name]
    where = {"column": name}
    if profiles.roles.get(name) == TEXT:  # by its number of characters, which is what the profile has of it, whatever the binning
        old, new = replace(old, kind=NUMERIC), replace(new, kind=NUMERIC)
        binning = "baseline"
    pair = (profiles.pairs or {}).get(name) if binning == "evidently" else None
    used = chosen(method, old, (pair.distinct if pair is not None else 0) or _distinct(old, new))
    metric = "ks_distance" if used == "ks" and binning == "baseline" else METHODS[used].metric
    if old.valid == 0 or new.valid == 0:
        side = "baseline" if old.valid == 0 else "current data"
        return Metric(metric, None, where, n=0, reason=f"the {side} has no usable value")
    if old.kind != new.kind:
        return Metric(metric, None, where, n=new.valid, reason=f"{old.kind} became {new.kind}")
    if binning == "baseline":
        row = stored(old, new, used, where)
        return replace(row, error_bound=None) if _rounded(old) or _rounded(new) else row
    if pair is None:
        return Metric(metric, None, where, n=new.valid, reason="the scan did not compare the sides")
    return exact(pair, old, new, used, where)


def _rounded(column: Column) -> bool:
    """Whether whole numbers may be so large that a profile takes neighbours for equal: how far a value is off is unknown then."""
    return max(abs(column.low or 0.0), abs(column.high or 0.0)) >= 2**53


def _distinct(old: Column, new: Column) -> int:
    """Different values over both sides; where one of them has too many to list, no fewer than either has."""
    if old.values is not None and new.values is not None:
        return len(old.values.keys() | new.values.keys())
    return max(side.distinct or FEW_VALUES + 1 for side in (old, new))


def _drifted(rows: Sequence[Metric]) -> Metric:
    unknown = sum(row.value is None for row in rows)
    if unknown:
        return Metric("drifted_share", None, n=len(rows), reason=f"{unknown} of {len(rows)} columns could not be compared")
    judged = [row for row in rows if row.name in BY_METRIC]
    if len(judged) < len(rows):
        reason = f"{len(rows) - len(judged)} of {len(rows)} columns are compared by ks_distance, which has no default threshold; set binning: evidently"
        return Metric("drifted_share", None, n=len(rows), reason=reason)
    drifted = [row for row in judged if row.value is not None and BY_METRIC[row.name].drifted(row.value)]
    return Metric("drifted_share", len(drifted) / len(judged), n=len(judged))

