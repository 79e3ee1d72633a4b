"""What the checks of a run measured, as pictures against the thresholds of its plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..measurement import Measurement, Status
from ..plots import Limit, plot
from ..policy.condition import Condition

if TYPE_CHECKING:
    from ..plan import Plan, Requirement


def pictures_of(plan: Plan, measured: Mapping[str, Measurement]) -> dict[str, str]:
    """Step -> SVG, of the checks that measured; from the measurements alone, since no pack holds a profile (ADR 0017)."""
    steps = {step.id: step for step in plan.steps if step.phase == "check"}
    return {step: plot(one, limits=limits_of(steps[step].requirements)) for step, one in measured.items()
            if step in steps and one.status is Status.MEASURED}


def limits_of(requirements: Iterable[Requirement]) -> list[Limit]:
    """The lines that requirements draw."""
    found = []
    for requirement in requirements:
        for level, text in (("warn", requirement.warn), ("fail", requirement.fail)):
            if text:
                condition = Condition.parse(text)
                found.append(Limit(requirement.metric, level, condition.comparator, condition.number, dict(requirement.where)))
    return found
