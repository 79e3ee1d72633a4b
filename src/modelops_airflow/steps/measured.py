"""From a measurement to a step's result: stored as a statement, judged by the step's requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evidence.floor import floored
from ..evidence.statement import put_statement
from ..measurement import Measurement, Status
from ..policy.verdict import judge
from .basis import put_basis
from .run import Run, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..digest import Digest
    from ..plan import PlannedStep

_STATUS = {
    Status.MEASURED: StepStatus.MEASURED,
    Status.ERROR: StepStatus.ERROR,
    Status.NOT_APPLICABLE: StepStatus.NOT_APPLICABLE,
}


def measured(
    run: Run, step: PlannedStep, measurement: Measurement, products: Mapping[str, Digest] | None = None
) -> StepResult:
    """Store a measurement as evidence and say what the step's requirements make of it."""
    evidence = put_statement(run.store, measurement, subject=run.artifact, step=step.id)
    return StepResult(
        status=_STATUS[measurement.status],
        evidence=evidence,
        products=products or {},
        judgement=judge(step.requirements, floored(measurement)),  # what is not shown is not judged either
        message="; ".join(measurement.notes[:1]),
        basis=put_basis(run, measurement),
    )
