"""A check of the run: reads the profile, measures, stores, judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checks import CheckContext, run_check
from .datasets import current_dataset
from .measured import measured
from .profile import stored_profiles
from .run import Run, StepResult

if TYPE_CHECKING:
    from ..plan import PlannedStep


def measure(run: Run, step: PlannedStep) -> StepResult:
    """Run the check that the step names with the step's options."""
    profiles = stored_profiles(run)
    dataset = None if "current" in profiles.pushed else current_dataset(run)  # what was counted in the warehouse stays there
    context = CheckContext(resolve=run.project.resolve, dataset=dataset)
    return measured(run, step, run_check(step.uses, profiles, step.options, context=context))
