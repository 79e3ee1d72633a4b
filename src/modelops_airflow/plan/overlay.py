"""The overlay of an environment: one model file, planned for the place where it is released.

What governance.yaml says of an environment takes the place of where the file's data lies and of run profiles that no step
names, and adds the evidence of environments that come before. It changes no requirement, gate or person, and takes nothing away.
In an installation that is one environment, that is where a release goes, through its own canary, and where batches are scored from.
"""

from __future__ import annotations

from dataclasses import replace

from ..data.duration import duration
from ..policy.merge import Merged
from ..registry import did_you_mean
from ..spec.types import Data, Environment, Sources
from .draft import Draft
from .numbers import with_numbers

SETTING = "[modelops] environment"
CROSSING = "evidence-from"
_PLACE = {"deploy": "to", "score": "from"}
"""Kind of step -> the option that names the environment of its life cycle."""


def overlay(draft: Draft) -> None:
    """Plan a draft for the environment that it releases to or scores from, or else for that of the installation."""
    known = draft.governance.environments
    if draft.environment and draft.environment not in known:
        draft.problem(draft.root, "PLAN007", f"{SETTING} is {draft.environment!r}, which governance.yaml does not have"
                                             f"{did_you_mean(draft.environment, list(known))}", next_step="correct the setting, or add the environment")
        return
    if draft.environment:
        draft.steps = [_sent_here(draft, step) for step in draft.steps]
    name = next((str(step.options.get(_PLACE[step.uses])) for step in draft.steps if step.uses in _PLACE), draft.environment)
    if name in known:
        _data(draft, name, known[name])
        profile = known[name].run_profile
        draft.steps = [replace(step, run=step.run or profile) for step in draft.steps]
    if draft.deploys:
        _after(draft, _goes_to(draft))


def _sent_here(draft: Draft, step: Merged) -> Merged:
    """A step that names an environment names the installation's own, and its canary: the same file is released in each to where it is."""
    if step.uses not in _PLACE:
        return step
    name, canary = _PLACE[step.uses], draft.governance.environments[draft.environment].canary
    own = {name: (draft.environment, SETTING)}
    if "through" in step.options and canary is not None:  # without one of its own the lint refuses the file's
        own["through"] = (canary, f"environments.{draft.environment}.canary")
    moved = {option: value for option, (value, _) in own.items() if step.options.get(option) != value}
    draft.overlay.update({option: own[option][1] for option in moved})
    return replace(step, options={**step.options, **moved}) if moved else step


def _goes_to(draft: Draft) -> list[str]:
    """The environments that a release puts the model into: where it goes to, then the canary that it goes through."""
    named = [step.options.get(option) for step in draft.steps if step.uses == "deploy" for option in ("to", "through")]
    return [one for one in named if isinstance(one, str) and one in draft.governance.environments]


def _data(draft: Draft, name: str, environment: Environment) -> None:
    model = draft.model.spec
    sources = (environment.data or {}).get(str(model.model.id))
    if sources is None:
        return
    place = f"environments.{name}.data.{model.model.id}"
    data = _placed(draft, model.data, sources, place)
    if data is not None:
        draft.model = replace(draft.model, spec=model.model_copy(update={"data": data}))


def _placed(draft: Draft, data: Data | None, sources: Sources, place: str) -> Data | None:
    changed: dict[str, object] = {}
    for side in ("current", "baseline", "labels"):
        there, own = getattr(sources, side), None if data is None else getattr(data, side)
        if there is None:
            continue
        if own is None:
            draft.problem(("data",), "PLAN016", f"governance.yaml says where the {side} of the data lies ({place}), and the model names none",
                          next_step=f"add data.{side}, or take it out of governance.yaml")
            continue
        changed[side] = own.model_copy(update={"path": there}) if side == "labels" else there
        draft.overlay[f"data.{side}"] = f"{place}.{side}"
    return data.model_copy(update=changed) if data is not None and changed else None


def _after(draft: Draft, names: list[str]) -> None:
    """Ask for the evidence of what comes before any of some environments, as the last thing that is measured; where two ask, the younger counts."""
    known, asks = draft.governance.environments, dict[str, tuple[str, str]]()
    for name in names:
        for earlier, max_age in (known[name].after or {}).items():
            if earlier not in asks or duration(max_age) < duration(asks[earlier][1]):
                asks[earlier] = name, max_age
    for earlier, (name, max_age) in asks.items():
        step_id = f"{CROSSING}-{earlier}"
        if any(step.id == step_id for step in draft.steps):
            draft.problem((*draft.root, "steps", step_id), "PLAN011", f"environments.{name}.after of governance.yaml adds a step {step_id!r}",
                          next_step="give the file's own step another id")
            continue
        asked = Merged(step_id, CROSSING, {"environment": earlier, "max_age": max_age}, {}, None, known[names[0]].run_profile)
        place = next((index for index, step in enumerate(draft.steps) if step.uses == "decide"), len(draft.steps))
        draft.steps.insert(place, with_numbers(asked, draft.rules, draft.metrics(CROSSING), draft.library.packs))
        draft.added[step_id] = f"governance, {name}"
        draft.overlay[f"steps.{step_id}"] = f"environments.{name}.after.{earlier}"


def lint_crossing(draft: Draft, step: Merged) -> None:
    """Note an environment that does not exist, is where the life cycle releases to, or whose packs nobody could believe."""
    earlier, known = step.options.get("environment"), draft.governance.environments
    if step.uses != CROSSING or not isinstance(earlier, str):
        return
    path = draft.at(step, "with", "environment")
    if earlier not in known:
        draft.problem(path, "PLAN007", f"governance.yaml has no environment {earlier!r}{did_you_mean(earlier, list(known))}")
    elif earlier in _goes_to(draft):
        draft.problem(path, "PLAN005", f"step {step.id!r} asks {earlier} for evidence, and that is where this life cycle releases to",
                      next_step=f"take the step out, and write in governance.yaml which environment comes `after` {earlier}")
    elif not known[earlier].trust:
        draft.problem(path, "PLAN007", f"environment {earlier!r} of governance.yaml names no key, so no pack of it could count",
                      next_step=f"name the key of its installation in environments.{earlier}.trust")
