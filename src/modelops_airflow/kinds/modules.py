"""Which module each kind of the package is in, so that a kind imports its own alone."""

from __future__ import annotations

MODULES = {
    "bayes-net": "bayes_net",
    "cloudpickle": "cloudpickle",
    "dmn": "dmn",
    "excel": "excel",
    "executable": "executable",
    "graph": "graph",
    "http": "http",
    "jdm": "jdm",
    "joblib": "joblib",
    "lightgbm": "lightgbm",
    "llm": "llm",
    "onnx": "onnx",
    "pickle": "pickle",
    "pmml": "pmml",
    "python": "python",
    "recorded": "recorded",
    "rules": "rules",
    "shared-library": "shared_library",
    "skops": "skops",
    "xgboost": "xgboost",
}
"""Name in YAML -> module of this folder."""
