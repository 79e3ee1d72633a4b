"""A check of the run: reads the profile, measures, stores, judges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..checks import CheckContext, run_check
from .datasets import baseline_dataset, current_dataset
from .earlier import earlier_measurements
from .measured import measured
from .profile import stored_profiles
from .run import Run, StepResult

if TYPE_CHECKING:
    from ..plan import PlannedStep


def measure(run: Run, step: PlannedStep) -> StepResult:
    """Run the check that the step names with the step's options."""
    context = CheckContext(
        resolve=run.project.resolve, dataset=current_dataset(run), baseline=baseline_dataset(run),
        earlier=earlier_measurements(run, step), until=run.interval.end if run.interval else datetime.now(UTC),
    )
    return measured(run, step, run_check(step.uses, stored_profiles(run), step.options, context=context))
