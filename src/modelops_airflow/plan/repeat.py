"""A pinned review repeats the checks of the model's own release: their options, limits and data, as the file has them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..policy.in_force import Library
from ..policy.merge import Merged
from ..spec.types import LifecycleUse
from .draft import Draft
from .kinds_of_step import phase_of
from .types import Plan, PlannedStep

_OF_THE_RUN = ("pin", "evidence-from")
"""Steps before the decision that are not about the model: they are as the life cycle itself has them, or left out."""


def release_of(uses: Mapping[str, LifecycleUse], library: Library) -> str | None:
    """The life cycle that puts the model into use: the first that deploys; None where none does."""
    return next((name for name, use in uses.items() if _deploys(use, library)), None)


def repeated(plan: Plan, release: Plan) -> Plan:
    """A review with the measurements of a release in the place of its own; what policies ask of a review alone stays."""
    own = {step.uses for step in release.steps}
    measured = [step for step in release.steps if _measures(step)]
    more = [step for step in plan.steps if step.uses == "difference" or (_measures(step) and step.uses not in own and step.required_by)]
    last = [step for step in plan.steps if step.phase not in ("prepare", "check")]
    pin = next(step for step in plan.steps if step.uses == "pin")
    there = {step.id for step in (pin, *measured, *more)}
    steps = [pin, *(replace(step, needs=tuple(need for need in step.needs if need in there) or (pin.id,)) for step in measured)]
    checks = tuple(sorted(step.id for step in (*steps, *more) if step.phase == "check" and step.uses != "difference"))
    profile = next((step.id for step in steps if step.uses == "profile"), pin.id)
    for step in more:
        steps.append(replace(step, needs=tuple(sorted({profile, *checks})) if step.uses == "difference" else (profile,)))
    decided = tuple(sorted(step.id for step in steps if step.phase == "check")) or (steps[-1].id,)
    steps += [replace(step, needs=decided) if step.uses == "decide" else step for step in last]
    return replace(plan, data=release.data, steps=tuple(steps), overlay={**plan.overlay, **{key: value for key, value in release.overlay.items() if key.startswith("data.")}})


def lint_repeat(draft: Draft) -> None:
    """Note what cannot be repeated: a release that is not there, data that is not to be pinned, checks that the review itself changes."""
    pin = next((step for step in draft.steps if step.uses == "pin"), None)
    if pin is not None and "data" in pin.options and pin.options.get("version") != "in-use":
        draft.problem(draft.at(pin, "with", "data"), "PLAN033", "only a life cycle of the version in use can say which data it looks at",
                      next_step="add `version: in-use` to the pin, or take `data` out")
    elif pin is not None and pin.options.get("data") == "pinned":
        _as_released(draft, pin)


def _as_released(draft: Draft, pin: Merged) -> None:
    """Note what a pinned review changes of the checks that it repeats, or if nothing compares them."""
    if all(step.uses != "difference" for step in draft.steps):
        draft.problem(draft.at(pin, "with", "data"), "PLAN033", "a pinned review proves nothing without a step of kind 'difference'",
                      next_step="leave the step in, or look at new data with `data: fresh`")
    for name, change in draft.use.steps.items():
        uses = change.uses or next((step.uses for step in draft.steps if step.id == name), "")
        if _changes(uses):
            draft.problem((*draft.root, "steps", name), "PLAN033", f"a pinned review repeats the checks of the release, and this changes step {name!r}",
                          next_step="change it in the release, or look at new data with `data: fresh`")
    for index, name in enumerate(draft.use.remove):
        if any(step.id == name and _changes(step.uses) for step in draft.library.steps(draft.use.uses)):
            draft.problem((*draft.root, "remove", index), "PLAN033", f"a pinned review repeats the checks of the release, and this takes out step {name!r}",
                          next_step="leave it in; what the release does not measure is not repeated")


def _changes(uses: str) -> bool:
    return phase_of(uses) in ("prepare", "check") and uses not in ("pin", "difference")


def _measures(step: PlannedStep) -> bool:
    return step.phase in ("prepare", "check") and step.uses not in (*_OF_THE_RUN, "difference")


def _deploys(use: LifecycleUse, library: Library) -> bool:
    kinds = {step.id: step.uses for step in library.steps(use.uses)}
    there = [kind for name, kind in kinds.items() if name not in use.remove]
    return "deploy" in [*there, *(change.uses for change in use.steps.values() if change.insert is not None)]
