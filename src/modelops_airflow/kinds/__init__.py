"""Kinds of models: how an artifact is scanned, loaded and scored. One kind a file.

The type is the guard: `load` takes a `VerifiedArtifact`, and only `verify` makes one, from bytes
whose digest was compared and whose scan passed.
"""

from __future__ import annotations

from . import cloudpickle, joblib, onnx, pickle, rules, skops
from .kind import KINDS, Kind, Scorer, VerifiedArtifact, kind, scan, verify

__all__ = ["KINDS", "Kind", "Scorer", "VerifiedArtifact", "cloudpickle", "joblib", "kind", "onnx", "pickle",
           "rules", "scan", "skops", "verify"]
