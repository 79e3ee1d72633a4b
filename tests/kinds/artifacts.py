"""The examples' artifacts, and what a clean scan says."""

from __future__ import annotations

from pathlib import Path

from modelops_airflow.measurement import Measurement, Status

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = {
    "skops": EXAMPLES / "credit" / "model-3.2.0.skops", "onnx": EXAMPLES / "income" / "model-2.0.0.onnx",
    "xgboost": EXAMPLES / "credit" / "boosting-1.0.0.ubj",
    "lightgbm": EXAMPLES / "credit" / "trees-1.0.0.txt", "pmml": EXAMPLES / "credit" / "scorecard-1.0.0.pmml",
    "rules": EXAMPLES / "pricing" / "model-1.4.0.yaml", "dmn": EXAMPLES / "pricing" / "model-1.0.0.dmn",
    "jdm": EXAMPLES / "pricing" / "model-1.0.0.json",
    "graph": EXAMPLES / "network" / "model-1.0.0.yaml", "bayes-net": EXAMPLES / "claims" / "model-1.1.0.bif",
    "excel": EXAMPLES / "affordability" / "model-2.1.0.xlsx",
}


def clean(measured: Measurement) -> bool:
    values = {row.name: row.value for row in measured.metrics}
    return measured.status is Status.MEASURED and values == {"format_allowed": 1.0, "untrusted_types": 0.0, "artifact_findings": 0.0}
