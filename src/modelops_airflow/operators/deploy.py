"""deploy: see `steps/deploy.py`."""

from __future__ import annotations

from .step import StepOperator


class DeployOperator(StepOperator):
    """Promotes, publishes, reads back; verifies everything in the register again."""
