"""Which module each kind of the package is in, so that a kind imports its own alone."""

from __future__ import annotations

MODULES = {
    "bayes-net": "bayes_net",
    "cloudpickle": "cloudpickle",
    "excel": "excel",
    "graph": "graph",
    "joblib": "joblib",
    "onnx": "onnx",
    "pickle": "pickle",
    "rules": "rules",
    "skops": "skops",
}
"""Name in YAML -> module of this folder."""
