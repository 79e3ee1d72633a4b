"""scan-artifact: see `steps/scan_artifact.py`."""

from __future__ import annotations

from .step import StepOperator


class ScanArtifactOperator(StepOperator):
    """Scans the pinned artifact before anything may open it."""
