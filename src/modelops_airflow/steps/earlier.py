"""What a step measured in the runs before: from the register which there were, from the store what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..checks import Earlier
from ..errors import EvidenceError
from ..evidence.statement import measurement_in, read_statement
from .run import Run, StepResult

if TYPE_CHECKING:
    from ..plan import PlannedStep


def earlier_measurements(run: Run, step: PlannedStep) -> Callable[[int], Sequence[Earlier | None]] | None:
    """Reads so many earlier measurements when a check asks for them; None where nothing knows earlier runs."""
    if run.journal.earlier(step.id, 0) is None:
        return None

    def read(most: int) -> Sequence[Earlier | None]:
        return [_earlier(run, step, result) for result in run.journal.earlier(step.id, most) or ()]

    return read


def _earlier(run: Run, step: PlannedStep, result: StepResult | None) -> Earlier | None:
    """The measurement that a result rests on; None where there is none, or its evidence is of another step or cannot be read."""
    if result is None or result.evidence is None:
        return None
    try:
        statement = read_statement(run.store, result.evidence)
    except EvidenceError:
        return None
    return Earlier(result.evidence, measurement_in(statement), result.at) if statement["predicate"]["step"] == step.id else None
