"""Strategies of the deploy step: a canary must be a place of its own that can hold back, and time must be sensible."""

from __future__ import annotations

from datetime import timedelta

from ..data.duration import duration
from ..duration_text import DURATION
from ..policy.merge import Merged
from ..policy.place import place_in
from ..spec.document import Path
from ..targets import TARGETS, parameters_of_target
from .draft import Draft

LONGEST = timedelta(days=30)
"""How long a canary may bake, or a version be watched."""

HELD = "held"
"""The option by which a target says that it heeds what a runtime holds back."""


def lint_strategy(draft: Draft) -> None:
    """Note everything wrong with how the life cycle comes into use."""
    for step in draft.steps:
        if step.uses == "deploy":
            _times(draft, step)
            _ordinary(draft, step)
            if "through" in step.options:
                _canary(draft, step)


def _times(draft: Draft, step: Merged) -> None:
    for one, other in (("through", "bake"), ("bake", "through")):
        if one in step.options and other not in step.options:
            draft.problem(draft.at(step, "with", one), "PLAN026", f"option {one!r} of step {step.id!r} needs {other!r}",
                          next_step="write `through: canary` and `bake: PT30M`, or neither")
    for name in ("bake", "watch"):
        value = step.options.get(name)
        if isinstance(value, str) and DURATION.fullmatch(value) and not timedelta() < duration(value) <= LONGEST:
            draft.problem(draft.at(step, "with", name), "PLAN005", f"option {name!r} of step {step.id!r}: {value!r} is no time to look",
                          expected=f"more than nothing and at most P{LONGEST.days}D")


def _ordinary(draft: Draft, step: Merged) -> None:
    """A canary takes no release for good: the next trial there would end it, and nothing puts it back."""
    to, path = step.options.get("to"), draft.at(step, "with", "to")
    if owner := next((name for name, one in draft.governance.environments.items() if one.canary is not None and one.canary == to), None):
        draft.problem(path, "PLAN026", f"{to!r} is the canary of {owner!r}, and takes no release for good", expected="another environment of governance.yaml")


def _belongs(draft: Draft, path: Path, through: str, to: str) -> None:
    """Governance says whose a canary is: no model file makes one of production or of another's, past what is asked of releases there."""
    owner = next((name for name, one in draft.governance.environments.items() if one.canary == through), None)
    if owner is None:
        draft.problem(path, "PLAN026", f"governance.yaml does not say that {through!r} is the canary of {to!r}",
                      next_step=f"write `canary: {through}` into environments.{to}")
    elif owner != to:
        draft.problem(path, "PLAN026", f"{through!r} is the canary of {owner!r}, and this life cycle releases to {to!r}",
                      next_step=f"give {to} a canary of its own")


def _canary(draft: Draft, step: Merged) -> None:
    path, through, to = draft.at(step, "with", "through"), step.options["through"], step.options.get("to")
    if draft.environment and draft.environment in draft.governance.environments and draft.governance.environments[draft.environment].canary is None:
        draft.problem(path, "PLAN026", f"this installation is {draft.environment!r}, and governance.yaml names no canary of it: {through!r} may be another's",
                      next_step=f"write `canary: <environment>` into environments.{draft.environment}")
        return
    if through == to:
        draft.problem(path, "PLAN026", f"the canary of step {step.id!r} is {to!r} itself", expected="another environment of governance.yaml")
        return
    if not isinstance(through, str) or not isinstance(to, str):
        return  # told already
    canary, place = place_in(draft.governance, through), place_in(draft.governance, to)
    if canary is None or place is None or canary.target not in TARGETS:
        return  # told already
    _belongs(draft, path, through, to)
    if canary.overlaps(place):
        draft.problem(path, "PLAN026", f"the canary {through!r} and {to!r} are the same place: {canary}", expected="a place of its own for each")
    if HELD not in parameters_of_target(canary.target):
        draft.problem(path, "PLAN026", f"the target {canary.target!r} of {through!r} cannot hold a version back",
                      expected=f"a target with the option {HELD!r}, such as folder")
    elif canary.options.get(HELD) is not True:
        draft.problem(path, "PLAN026", f"environment {through!r} of governance.yaml does not heed what its runtime holds back",
                      next_step=f"write {HELD}: true into its `with`")
