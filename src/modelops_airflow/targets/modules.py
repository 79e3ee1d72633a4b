"""Which module each target of the package is in, so that a target imports its own alone."""

from __future__ import annotations

MODULES = {
    "batch": "batch",
    "container": "container",
    "edge": "edge",
    "folder": "folder",
    "kserve": "kserve",
    "mark-only": "mark_only",
    "mlflow": "mlflow",
    "sagemaker": "sagemaker",
    "webhook": "webhook",
}
"""Name in YAML -> module of this folder."""
