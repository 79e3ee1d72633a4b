"""difference: see `steps/difference.py`."""

from __future__ import annotations

from typing import Any

from .measure import MeasureOperator


class DifferenceOperator(MeasureOperator):
    """Compares what was measured with what was approved, whatever became of the checks' tasks: of a check that failed most of all."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trigger_rule", "all_done")
        super().__init__(**kwargs)
