"""What a new plan says of evidence that is stored already. Pure, but for reading a measurement when it is asked for.

A measurement stands for what a new run would measure only where nothing that it depends on differs: the step, its options, its code,
the data, the artifact. Where one does, or where a number was never measured, the answer is that a fresh run is needed; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..evidence.manifest import judged_steps
from ..measurement import Measurement, Status, Verdict
from ..policy.verdict import judge_step, overall_of, stands
from .types import Plan, PlannedStep

FRESH = "needs a fresh run"
NOT_GREEN = frozenset({"fail", "error"})
_MEASURED_OF = ("kind", "version", "artifact", "with")
_BEFORE_ALL = frozenset({"pin", "profile", "scan-artifact"})


@dataclass(frozen=True)
class RunOnRecord:
    """The last decided run by the plan as it was.

    Attributes:
        source: register or local run.
        verdict: what was decided.
        steps: step id -> the verdict that is on record for it.
        measured: reads the measurement of a step; None where its evidence is gone, changed, or of something else.
    """

    source: str
    verdict: str
    steps: Mapping[str, str | None]
    measured: Callable[[PlannedStep], Measurement | None]


@dataclass(frozen=True)
class StepReplay:
    """A step whose verdict changes, or cannot be told.

    Attributes:
        before: None for a step that the plan did not have.
        after: None for a step that it has no more.
        reasons: metric, value and condition, or why it has to be run again.
    """

    step: str
    before: str | None
    after: str | None
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"step": self.step, "before": self.before, "after": self.after, "reasons": list(self.reasons)}


@dataclass(frozen=True)
class Replay:
    """What becomes of the verdict of a life cycle.

    Attributes:
        before: the verdict on record; None where there is no evidence.
        after: the verdict by the new plan, or `needs a fresh run`; None where there is no evidence.
        steps: those that differ.
        source: where the evidence is from.
    """

    before: str | None
    after: str | None
    steps: tuple[StepReplay, ...] = ()
    source: str = "no evidence"

    @property
    def breaks(self) -> bool:
        """Whether it passed and surely does not any more, also where other steps need a fresh run."""
        return self.before == "pass" and (self.after in NOT_GREEN or any(step.after in NOT_GREEN for step in self.steps))

    @property
    def fresh(self) -> bool:
        """Whether only a run can tell."""
        return self.after == FRESH

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"before": self.before, "after": self.after, "evidence": self.source, "breaks": self.breaks,
                "steps": [step.to_json() for step in self.steps]}


NO_EVIDENCE = Replay(None, None)


def replay(old: Plan, new: Plan, run: RunOnRecord, others: Callable[[Plan, PlannedStep | None], str] = lambda _plan, _step: "") -> Replay:
    """What the new plan says of the evidence of a run by the old one.

    Args:
        others: why the files that a plan (or a step of it) names are others than those that were measured; empty if they are the same.
    """
    before = {step.id: step for step in _judged(old)}
    recorded = {name: stands(run.steps.get(name), step.required_by) for name, step in before.items()}
    disagrees = _disagrees(recorded, run.verdict)
    whole = disagrees or others(new, None) or _of_something_else(old, new)
    found: dict[str, StepReplay] = {}
    for step in _judged(new):
        was = before.get(step.id)
        why = whole or (_must_run(was, step) or others(new, step) if was else "the plan did not have it")
        found[step.id] = StepReplay(step.id, recorded.get(step.id), *((FRESH, (why,)) if was is None or why else _again(was, step, recorded[step.id], run)))
    found = _after_preparation(new, found)
    kept = {step.id for step in _judged(new)}
    gone = [StepReplay(name, recorded[name], None, ("the plan has it no more",)) for name in before if name not in kept]
    shown = [one for one in found.values() if one.before != one.after]
    return Replay(run.verdict, _overall(new, found), (*shown, *gone), run.source)


def _judged(plan: Plan) -> Iterator[PlannedStep]:
    return (plan.step(one["id"]) for one in judged_steps(plan.to_json()))


def _disagrees(recorded: Mapping[str, str | None], verdict: str) -> str:
    """Results that do not add up to the decision are no evidence of anything."""
    if None in recorded.values():
        return "" if verdict == "error" else "a result is missing on record, and the run is said not to be an error"
    told = overall_of((Verdict(one) for one in recorded.values() if one is not None), warned=False)[0].value
    return "" if told == verdict else f"its results on record come to {told}, and the decision says {verdict}"


def _of_something_else(old: Plan, new: Plan) -> str:
    """What every measurement is of, where it differs."""
    for key in _MEASURED_OF:
        if old.model.get(key) != new.model.get(key):
            return f"{key} of the model: {old.model.get(key)!r} -> {new.model.get(key)!r}"
    if old.data != new.data:
        return "another choice of data or columns"
    after = {step.id: step for step in new.steps}
    for step in old.steps:
        if step.uses in _BEFORE_ALL and (why := _must_run(step, after.get(step.id))):
            return f"{step.id}: {why}, and every step rests on it"
    return ""


def _must_run(old: PlannedStep, new: PlannedStep | None) -> str:
    """Why what was measured is not what the new step measures."""
    if new is None:
        return "the plan has it no more"
    if old.uses != new.uses:
        return f"it is of kind {new.uses} now, and was {old.uses}"
    if dict(old.options) != dict(new.options):
        names = [name for name in sorted({*old.options, *new.options}) if old.options.get(name) != new.options.get(name)]
        return "other options: " + ", ".join(f"{name} {old.options.get(name)!r} -> {new.options.get(name)!r}" for name in names)
    return "other code measures it" if old.code != new.code else ""


def _again(old: PlannedStep, new: PlannedStep, before: str | None, run: RunOnRecord) -> tuple[str, tuple[str, ...]]:
    """The verdict of a step whose measurement stands."""
    if (old.requirements, old.required_by) == (new.requirements, new.required_by) and before is not None:
        return before, ()
    measurement = run.measured(new)
    if measurement is None:
        return FRESH, ("its evidence is not to be had",)
    if missing := _never_measured(old, new, measurement):
        return FRESH, tuple(f"{metric} was not measured" for metric in missing)
    judgement = judge_step(new.requirements, measurement, new.required_by)
    return judgement.verdict.value, tuple(f"{line}{_was(old, line)}" for line in judgement.reasons())


def _never_measured(old: PlannedStep, new: PlannedStep, measurement: Measurement) -> list[str]:
    """Metrics that are asked for only now and that the measurement does not have."""
    if measurement.status is not Status.MEASURED:
        return []
    asked = {(rule.metric, tuple(sorted(rule.where.items())), rule.default) for rule in old.requirements}
    there = {metric.name for metric in measurement.metrics}
    return sorted({rule.metric for rule in new.requirements if rule.metric not in there
                   and (rule.metric, tuple(sorted(rule.where.items())), rule.default) not in asked})


def _was(old: PlannedStep, line: str) -> str:
    """The condition before, where the line is of a metric that had one."""
    for rule in old.requirements:
        if line.startswith((f"{rule.metric} ", f"{rule.metric}[")):
            return "; before: " + (", ".join(f"{word} {text}" for word, text in (("warn", rule.warn), ("fail", rule.fail)) if text))
    return "; before: not required"


def _after_preparation(new: Plan, found: Mapping[str, StepReplay]) -> dict[str, StepReplay]:
    """Where preparation does not pass, nothing after it is run."""
    return dict(found) if _stopped(new, found) is None else {
        name: one for name, one in found.items() if new.step(name).phase == "prepare"}


def _stopped(new: Plan, found: Mapping[str, StepReplay]) -> str | None:
    prepared = [name for name in found if new.step(name).phase == "prepare"]
    return next((name for name in prepared if found[name].after not in ("pass", FRESH)), None)


def _overall(new: Plan, found: Mapping[str, StepReplay]) -> str:
    if any(one.after == FRESH for one in found.values()):
        return FRESH
    if _stopped(new, found) is not None:
        return "error"  # no decision is reached
    return overall_of((Verdict(one.after) for one in found.values() if one.after is not None), warned=False)[0].value
