"""The base of our operators: one task runs one step of the pinned plan.

Retry rule: what fails is a result, recorded and never retried; what errs is retried with back-off
and then blocks. Operators have no template fields: nothing of a YAML file ever reaches Jinja.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from ..errors import ModelOpsError, Refused
from ..measurement import Verdict
from .run import open_run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ..steps.run import StepResult


class StepOperator(BaseOperator):
    """Runs the step of the pinned plan that has this task's id.

    Args:
        retry_seconds: back-off before the second try of a step that erred.
        idle: the life cycle looks at the version in use: a run without one has nothing to do.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#e8f0fe"

    def __init__(self, *, retry_seconds: float = 30.0, retries: int = 2, idle: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("retry_delay", timedelta(seconds=retry_seconds))
        kwargs.setdefault("retry_exponential_backoff", 2.0)
        super().__init__(retries=retries, **kwargs)
        self.idle = idle

    def execute(self, context: Context) -> str:
        """Run the step, record its result, and raise what Airflow should make of it."""
        return self.run_step(context)

    def run_step(self, context: Context) -> str:
        """The same, for operators that also resume: Airflow wants `execute` to be called by itself alone."""
        from ..steps.local import attempt

        try:
            run = open_run(context)
            if run.plan.as_of and all(step.id != self.task_id for step in run.plan.steps):
                raise AirflowSkipException(f"on {run.plan.as_of} no policy asked for {self.task_id}")
            step = run.plan.step(self.task_id)
            result = attempt(run, step)
            run.journal.record(step, result)
        except Refused as refusal:
            if self.idle and refusal.code == "unpinned":
                raise AirflowSkipException("no version is in use; there is nothing to look at") from None
            raise AirflowFailException(str(refusal)) from None
        except KeyError as error:
            raise AirflowFailException(f"the pinned plan has no step {self.task_id}: {error}") from None
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        return self.outcome(result)

    def outcome(self, result: StepResult) -> str:
        """A line for people, or the exception that makes the task's state tell the truth."""
        told = "; ".join(result.judgement.reasons()[:5]) if result.judgement else ""
        told = told or result.message
        verdict = result.judgement.verdict if result.judgement else None
        if verdict is Verdict.FAIL:
            raise AirflowFailException(told)
        if verdict is Verdict.ERROR or result.status.value == "error":
            raise AirflowException(told)
        if result.status.value == "not_applicable":
            raise AirflowSkipException(told)
        return told
