"""Which module each kind of the package is in, so that a kind imports its own alone."""

from __future__ import annotations

MODULES = {
    "bayes-net": "bayes_net",
    "cloudpickle": "cloudpickle",
    "dmn": "dmn",
    "excel": "excel",
    "graph": "graph",
    "http": "http",
    "jdm": "jdm",
    "joblib": "joblib",
    "lightgbm": "lightgbm",
    "llm": "llm",
    "onnx": "onnx",
    "pickle": "pickle",
    "pmml": "pmml",
    "recorded": "recorded",
    "rules": "rules",
    "skops": "skops",
    "xgboost": "xgboost",
}
"""Name in YAML -> module of this folder."""
