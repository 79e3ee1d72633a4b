"""profile: see `steps/profile.py`."""

from __future__ import annotations

from .step import StepOperator


class ProfileOperator(StepOperator):
    """Scores what has no prediction and scans the data once."""
