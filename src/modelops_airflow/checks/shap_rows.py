"""SHAP values as rows of a measurement: what each feature moves, the most moving one, and how far they can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..measurement import Metric
from .ranks import rank_correlation
from .shapley import ShapValues

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("shap_mean_absolute", "shap_share", "largest_shap_share", "shap_additivity_gap", "shap_rank_correlation")
_NOTHING_MOVES = "no feature moves the answers"


def shap_rows(found: ShapValues, importance: Floats) -> list[Metric]:
    """Rows of all features, the strongest first, and of all of them together.

    Args:
        importance: permutation importance in the order of the features.
    """
    strengths, n = found.strengths, len(found.values)
    whole = float(strengths.sum())
    ordered = sorted(range(len(found.names)), key=lambda at: -strengths[at])
    rows = [Metric("shap_mean_absolute", float(strengths[at]), {"column": found.names[at]}, n=n) for at in ordered]
    rows += [Metric("shap_share", float(strengths[at]) / whole if whole else None, {"column": found.names[at]}, n=n, reason=None if whole else _NOTHING_MOVES)
             for at in ordered]
    first = found.names[ordered[0]]
    rows.append(Metric("largest_shap_share", float(strengths[ordered[0]]) / whole if whole else None, n=n, reason=f"of {first}" if whole else _NOTHING_MOVES))
    rows.append(Metric("shap_additivity_gap", found.gap, n=n))
    agreement = rank_correlation(strengths, importance)
    rows.append(Metric("shap_rank_correlation", agreement, n=len(found.names), reference="permutation importance",
                       reason=None if agreement is not None else "one of both ranks no feature above another"))
    return rows
