"""The suites of expectations that a model file names, and where; whoever has the project's files reads them."""

from __future__ import annotations

from ..checks.expectations import FROM_BASELINE
from ..policy.in_force import Library
from ..spec.document import Path
from ..spec.read import Source
from ..spec.types import LifecycleUse, ModelFile
from .make import lifecycles_of


def suites_of(model: Source[ModelFile], library: Library) -> list[tuple[Path, str]]:
    """Path in the model file and text of each suite that is a file; steps of a life cycle that the library lacks are left out."""
    return [(("lifecycles", name, *place), suite) for name, use in lifecycles_of(model, library).items() for place, suite in _of(use, library)]


def _of(use: LifecycleUse, library: Library) -> list[tuple[Path, str]]:
    there = {step.id: step for step in library.steps(use.uses)} if use.uses in library.lifecycles else {}
    found: list[tuple[Path, str]] = []
    for step_id in dict.fromkeys([*there, *use.steps]):
        step, change = there.get(step_id), use.steps.get(step_id)
        kind = (change.uses if change else None) or (step.uses if step else None)
        options = {**(step.options if step else {}), **(change.with_ if change else {})}
        suite = options.get("suite")
        if kind == "expectations" and step_id not in use.remove and isinstance(suite, str) and suite != FROM_BASELINE:
            found.append((("steps", step_id, "with", "suite"), suite))
    return found
