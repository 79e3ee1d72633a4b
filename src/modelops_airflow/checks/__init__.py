"""Checks: one measurement a file. Profiles in, a Measurement out; no verdicts here.

    @check("bias", version=1, metrics=("selection_rate", ...))
    def bias(profiles: Profiles, *, by: Sequence[str] = ("protected",), ...) -> Measurement: ...

Keyword-only parameters are the options in YAML, on the command line and in the reference. Third
parties add checks by the entry-point group `modelops_airflow`.
"""

from __future__ import annotations

from . import bias, drift, evidently_report, expectations, imported_results, performance
from .check import CHECKS, Check, CheckContext, check, run_check
from .drift_method import exact_methods

__all__ = ["CHECKS", "Check", "CheckContext", "bias", "check", "drift", "evidently_report", "exact_methods", "expectations", "imported_results", "performance", "run_check"]
