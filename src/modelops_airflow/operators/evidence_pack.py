"""evidence-pack: see `steps/evidence_pack.py`."""

from __future__ import annotations

from .step import StepOperator


class EvidencePackOperator(StepOperator):
    """Makes the pack that can be taken away and checked offline."""
