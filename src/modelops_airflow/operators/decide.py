"""decide: see `steps/decide.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ..measurement import Verdict
from .step import StepOperator

if TYPE_CHECKING:
    from ..steps.run import StepResult


class DecideOperator(StepOperator):
    """Judges the run's measurements again and freezes the evidence.

    Runs whatever became of the checks' tasks: it judges what is recorded, and what is missing is an
    error there.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trigger_rule", "all_done")
        super().__init__(**kwargs)

    def outcome(self, result: StepResult) -> str:
        """Anything but a pass ends the run; a decision is never retried."""
        verdict = result.judgement.verdict if result.judgement else Verdict.ERROR
        if verdict is not Verdict.PASS:
            raise AirflowFailException(f"{verdict.value}: {result.message}")
        return result.message
