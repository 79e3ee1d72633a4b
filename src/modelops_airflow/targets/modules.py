"""Which module each target of the package is in, so that a target imports its own alone."""

from __future__ import annotations

MODULES = {
    "batch": "batch",
    "container": "container",
    "edge": "edge",
    "folder": "folder",
    "mark-only": "mark_only",
    "sagemaker": "sagemaker",
    "webhook": "webhook",
}
"""Name in YAML -> module of this folder."""
