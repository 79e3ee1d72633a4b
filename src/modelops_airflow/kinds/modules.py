"""Which module each kind of the package is in, so that a kind imports its own alone."""

from __future__ import annotations

MODULES = {
    "cloudpickle": "cloudpickle",
    "executable": "executable",
    "joblib": "joblib",
    "onnx": "onnx",
    "pickle": "pickle",
    "python": "python",
    "rules": "rules",
    "shared-library": "shared_library",
    "skops": "skops",
}
"""Name in YAML -> module of this folder."""
