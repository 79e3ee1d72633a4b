"""Checks: one measurement a file. Profiles in, a Measurement out; no verdicts here.

    @check("bias", version=1, metrics=("selection_rate", ...))
    def bias(profiles: Profiles, *, by: Sequence[str] = ("protected",), ...) -> Measurement: ...

Keyword-only parameters are the options in YAML, on the command line and in the reference. Third
parties add checks by the entry-point group `modelops_airflow`.
"""

from __future__ import annotations

from . import (
    alarms,
    backtest,
    bias,
    champion,
    data_quality,
    documents,
    drift,
    estimate,
    evidently_report,
    expectations,
    explainability,
    freshness,
    imported_results,
    multivariate,
    performance,
    ranking,
    regression_diagnostics,
    replay,
    robustness,
    sensitivity,
    structure,
    volumetrics,
)
from .asked import asked_of
from .check import CHECKS, Champion, Check, CheckContext, Earlier, check, run_check
from .drift_method import exact_methods

__all__ = [
    "CHECKS", "Champion", "Check", "CheckContext", "Earlier", "alarms", "asked_of", "backtest", "bias", "champion", "check", "data_quality", "documents", "drift", "estimate", "evidently_report", "exact_methods", "expectations",
    "explainability", "freshness", "imported_results", "multivariate", "performance", "ranking", "regression_diagnostics", "replay", "robustness", "run_check", "sensitivity",
    "structure", "volumetrics",
]
