"""A check of the run: reads the profile, measures, stores, judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checks import CheckContext, run_check
from ..checks.own import check_of
from .datasets import baseline_dataset, current_dataset
from .measured import measured
from .profile import stored_profiles
from .run import Run, StepResult

if TYPE_CHECKING:
    from ..plan import PlannedStep


def measure(run: Run, step: PlannedStep) -> StepResult:
    """Run the check that the step names with the step's options."""
    context = CheckContext(resolve=run.project.resolve, dataset=current_dataset(run), baseline=baseline_dataset(run), keep=run.store.put)
    check = check_of(run.project, step.uses, step.code) if step.code is not None else step.uses
    return measured(run, step, run_check(check, stored_profiles(run), step.options, context=context))
