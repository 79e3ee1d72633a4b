"""The order of steps. Overrides may add edges; the edges that protect are always there."""

from __future__ import annotations

from ..policy.merge import Merged
from ..registry import did_you_mean
from .draft import Draft
from .kinds_of_step import phase_of


def ordered(draft: Draft) -> list[tuple[Merged, tuple[str, ...]]]:
    """Steps in topological order with the ids they wait for; ties keep the order written."""
    needs = {step.id: _needs(draft, step, index) for index, step in enumerate(draft.steps)}
    _gates_before_deploy(draft)
    done: dict[str, None] = {}
    order: list[tuple[Merged, tuple[str, ...]]] = []
    waiting = list(draft.steps)
    while waiting:
        ready = next((step for step in waiting if all(need in done for need in needs[step.id])), None)
        if ready is None:
            circle = ", ".join(step.id for step in waiting)
            draft.problem(draft.at(waiting[0], "needs"), "PLAN011", f"these steps wait for each other: {circle}",
                          next_step="take one `needs` out")
            return order
        waiting.remove(ready)
        done[ready.id] = None
        order.append((ready, tuple(sorted(needs[ready.id]))))
    return order


def _needs(draft: Draft, step: Merged, index: int) -> set[str]:
    before = draft.steps[:index]
    phase = phase_of(step.uses)
    by_phase = {name: [one.id for one in draft.steps if phase_of(one.uses) == name] for name in ("prepare", "check")}
    needs: set[str] = set()
    if phase == "prepare":
        needs.update([one.id for one in before if phase_of(one.uses) == "prepare"][-1:])
    elif phase == "check":
        needs.update(by_phase["prepare"])
        needs.difference_update(by_phase["prepare"][:-1])
        if step.uses == "difference":  # it compares what all the others measured
            needs.update(one for one in by_phase["check"] if one != step.id)
    elif phase == "score":
        needs.update(by_phase["prepare"][-1:])
    elif phase == "decide":
        needs.update(by_phase["check"] or by_phase["prepare"][-1:])
    else:
        needs.update([one.id for one in before if phase_of(one.uses) in ("decide", "gate", "act")][-1:])
    return needs | _written_needs(draft, step)


def _written_needs(draft: Draft, step: Merged) -> set[str]:
    known = [one.id for one in draft.steps]
    found = set()
    for need in step.needs or ():
        if need in known and need != step.id:
            found.add(need)
        else:
            draft.problem(draft.at(step, "needs"), "PLAN011",
                          f"step {step.id!r} waits for {need!r}, which is not there{did_you_mean(need, known)}")
    return found


def _gates_before_deploy(draft: Draft) -> None:
    seen_deploy = False
    decided = False
    for step in draft.steps:
        phase = phase_of(step.uses)
        decided = decided or phase == "decide"
        if phase in ("gate", "act") and not decided:
            draft.problem(draft.at(step), "PLAN011", f"step {step.id!r} stands before the decision",
                          next_step="insert it after `decide` or a gate")
        if phase == "gate" and seen_deploy:
            draft.problem(draft.at(step), "PLAN011", f"gate {step.id!r} stands behind the deployment",
                          next_step="insert it before `deploy`")
        seen_deploy = seen_deploy or step.uses == "deploy"
