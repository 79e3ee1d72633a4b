"""Checks: one measurement a file. Profiles in, a Measurement out; no verdicts here.

    @check("bias", version=1, metrics=("selection_rate", ...))
    def bias(profiles: Profiles, *, by: Sequence[str] = ("protected",), ...) -> Measurement: ...

Keyword-only parameters are the options in YAML, on the command line and in the reference. `modules.py` says which
module a check is in; third parties add checks by the entry-point group `modelops_airflow`.
"""

from __future__ import annotations

from .asked import asked_of
from .check import CHECKS, Champion, Check, CheckContext, Crossed, Earlier, check, run_check
from .drift_method import exact_methods

__all__ = ["CHECKS", "Champion", "Check", "CheckContext", "Crossed", "Earlier", "asked_of", "check", "exact_methods", "run_check"]
