"""Which module each check of the package is in, so that a check imports its own alone."""

from __future__ import annotations

MODULES = {
    "alarms": "alarms",
    "backtest": "backtest",
    "bias": "bias",
    "champion": "champion",
    "counterfactual": "counterfactual",
    "data-quality": "data_quality",
    "documents": "documents",
    "drift": "drift",
    "evidence-from": "evidence_from",
    "evidently": "evidently_report",
    "expectations": "expectations",
    "explainability": "explainability",
    "freshness": "freshness",
    "graph-structure": "graph_structure",
    "imported-results": "imported_results",
    "llm-answers": "llm_answers",
    "llm-attacks": "llm_attacks",
    "llm-leaks": "llm_leaks",
    "multivariate": "multivariate",
    "performance": "performance",
    "performance-estimate": "estimate",
    "ranking": "ranking",
    "regression-diagnostics": "regression_diagnostics",
    "replay": "replay",
    "robustness": "robustness",
    "sensitivity": "sensitivity",
    "structure": "structure",
    "volumetrics": "volumetrics",
}
"""Name in YAML -> module of this folder."""
