"""Kinds of models: how an artifact is scanned, loaded and scored. One kind a file.

The type is the guard: `load` takes a `VerifiedArtifact`, and only `verify` makes one, from bytes
whose digest was compared and whose scan passed.
"""

from __future__ import annotations

from .bundle import ArtifactFile, read_artifact
from .kind import KINDS, Findings, Kind, Scorer, VerifiedArtifact, kind, open_model, scan, verify

__all__ = ["KINDS", "ArtifactFile", "Findings", "Kind", "Scorer", "VerifiedArtifact", "kind", "open_model",
           "read_artifact", "scan", "verify"]
