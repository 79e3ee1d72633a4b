"""Options that a model file gives to a kind of step, over all its life cycles: what one of them must know of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..policy.in_force import Library
from ..spec.types import LifecycleUse, ModelFile


def written_options(model: ModelFile, kind: str, library: Library) -> list[Mapping[str, Any]]:
    """The options of each step of a kind, the library's with what the file changes."""
    return [options for use in (model.lifecycles or {}).values() if use.uses in library.lifecycles for options in _in(use, kind, library)]


def _in(use: LifecycleUse, kind: str, library: Library) -> list[Mapping[str, Any]]:
    there = [step for step in library.steps(use.uses) if step.id not in use.remove]
    changed = [{**step.options, **(use.steps[step.id].with_ if step.id in use.steps else {})} for step in there if step.uses == kind]
    return changed + [change.with_ for name, change in use.steps.items() if change.uses == kind and name not in {step.id for step in there}]
