"""decide: see `steps/decide.py`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ..errors import ModelOpsError
from ..measurement import Verdict
from .run import open_run
from .step import StepOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ..steps.run import StepResult


class DecideOperator(StepOperator):
    """Judges the run's measurements again and freezes the evidence.

    Runs whatever became of the checks' tasks: it judges what is recorded, and what is missing is an
    error there.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trigger_rule", "all_done")
        super().__init__(**kwargs)

    def run_step(self, context: Context) -> str:
        """The same; of a past period, first what policies asked for then and no task measures today."""
        from ..steps.local import attempt

        with suppress(ModelOpsError):  # told by the step itself
            run = open_run(context)
            dag = context.get("dag")
            tasks = set(dag.task_ids) if dag is not None else set()
            for step in run.plan.steps if run.plan.as_of else ():
                if step.phase == "check" and step.id not in tasks and run.journal.result(step.id) is None:
                    run.journal.record(step, attempt(run, step))
        return super().run_step(context)

    def outcome(self, result: StepResult) -> str:
        """Anything but a pass ends the run; a decision is never retried."""
        verdict = result.judgement.verdict if result.judgement else Verdict.ERROR
        if verdict is not Verdict.PASS:
            raise AirflowFailException(f"{verdict.value}: {result.message}")
        return result.message
