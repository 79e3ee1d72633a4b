"""What a change would do: plans before against plans after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..digest import short
from ..policy.loosening import loosened
from .types import Plan, PlannedStep


@dataclass(frozen=True)
class Impact:
    """One life cycle of one model that a change touches.

    Attributes:
        what: added, removed, changed, or files where the plan is the same and a file that it names is not.
        changes: one line for each difference.
        voids_approvals: the digest that approvals cover is another.
        asks_approvals: people must approve before the plan goes on; those given to another plan do not count for it.
        rating: tightening, loosening, both, neutral; empty for what is added or removed. An option of which it is not known which way is stricter counts as both.
    """

    model: str
    lifecycle: str
    what: str
    changes: tuple[str, ...]
    voids_approvals: bool
    asks_approvals: bool = False
    rating: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"model": self.model, "lifecycle": self.lifecycle, "what": self.what,
                "changes": list(self.changes), "voids_approvals": self.voids_approvals,
                "asks_approvals": self.asks_approvals, "rating": self.rating}


def compare(before: Iterable[Plan], after: Iterable[Plan]) -> list[Impact]:
    """What differs, by model and life cycle; plans that are the same are not listed."""
    old = {(plan.model_id, plan.lifecycle): plan for plan in before}
    new = {(plan.model_id, plan.lifecycle): plan for plan in after}
    found = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append(Impact(*key, "removed", ("its approvals and results stay in the register",), False))
        elif key not in old:
            found.append(Impact(*key, "added", (f"{len(new[key].steps)} steps",), False, _asks(new[key])))
        elif old[key].to_json() != new[key].to_json():
            voids = old[key].digest != new[key].digest
            found.append(Impact(*key, "changed", tuple(_differences(old[key], new[key])), voids, voids and _asks(new[key]), rating(old[key], new[key])))
    return found


def touched(plan: Plan, why: str) -> Impact:
    """A life cycle whose plan is the same and whose files are not."""
    return Impact(plan.model_id, plan.lifecycle, "files", (why,), False, rating="neutral")


def rating(old: Plan, new: Plan) -> str:
    """Whether a plan asks more or less than the one before."""
    before, after = old.to_json(), new.to_json()
    looser = bool(loosened(before, after))
    tighter = bool(loosened(after, before))
    return "both" if looser and tighter else "loosening" if looser else "tightening" if tighter else "neutral"


def _asks(plan: Plan) -> bool:
    return any(step.uses == "approval" for step in plan.steps)


def _differences(old: Plan, new: Plan) -> list[str]:
    lines = [f"model.{key}: {old.model.get(key)!r} -> {new.model.get(key)!r}"
             for key in sorted(old.model.keys() | new.model.keys()) if old.model.get(key) != new.model.get(key)]
    if old.data != new.data:
        lines.append("data: another choice of data or columns")
    lines += [f"{key}: from {old.overlay.get(key, 'the model file')} -> from {new.overlay.get(key, 'the model file')}"
              for key in sorted(old.overlay.keys() | new.overlay.keys()) if old.overlay.get(key) != new.overlay.get(key)]
    if old.schedule != new.schedule:
        lines.append(f"schedule: {old.schedule} -> {new.schedule}")
    if old.policies != new.policies:
        lines.append("policies: another version of a pack")
    lines += [f"policy {name}: {_standing(old, name)} -> {_standing(new, name)}" for name in sorted(old.packs.keys() | new.packs.keys())
              if _standing(old, name) != _standing(new, name)]
    lines += [f"loosened: {one}" for one in loosened(old.to_json(), new.to_json())]
    before = {step.id: step for step in old.steps}
    after = {step.id: step for step in new.steps}
    lines += [f"step {name}: removed" for name in before if name not in after]
    lines += [f"step {name}: added" for name in after if name not in before]
    for name, step in before.items():
        if name in after and step != after[name]:
            lines += _step_differences(step, after[name])
    return lines


def _standing(plan: Plan, name: str) -> str:
    """Whether a pack applies, and how many of its controls."""
    pack = plan.packs.get(name)
    if pack is None:
        return "not named"
    return f"{pack['standing']}, {sum(one['applies'] for one in pack['controls'].values())} controls"


def _step_differences(old: PlannedStep, new: PlannedStep) -> list[str]:
    lines = []
    rules = {rule.metric: rule for rule in old.requirements}
    for rule in new.requirements:
        before = rules.pop(rule.metric, None)
        if before != rule:
            was = f"warn {before.warn}, fail {before.fail}" if before else "nothing"
            lines.append(f"step {new.id}: {rule.metric} {was} -> warn {rule.warn}, fail {rule.fail} ({rule.origin})")
    lines += [f"step {new.id}: {metric} is no longer required" for metric in rules]
    if old.options != new.options:
        lines.append(f"step {new.id}: options {dict(old.options)} -> {dict(new.options)}")
    if old.needs != new.needs:
        lines.append(f"step {new.id}: waits for {', '.join(new.needs) or 'nothing'}")
    if old.code != new.code:
        lines.append(f"step {new.id}: code {_code(old)} -> {_code(new)}")
    if old.uses != new.uses:
        lines.append(f"step {new.id}: kind {old.uses} -> {new.uses}")
    if old.required_by != new.required_by:
        lines.append(f"step {new.id}: required by {', '.join(new.required_by) or 'no policy'}")
    if old.profile != new.profile:
        lines.append(f"step {new.id}: runs elsewhere ({old.profile} -> {new.profile})")
    return lines


def _code(step: PlannedStep) -> str:
    return f"{step.code['file']} {short(step.code['digest'])}" if step.code else "of the package"
