"""What the evidence of a run rests on, as one reads it back from its records. Pure.

A fact is a kind (data, model, code, environment, policy, plan), what it is, and its value as a text. What a run did
not record is not among its facts, and nothing is guessed in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = dict[tuple[str, str], str]
"""(kind, what) -> value."""

SIDES = ("current", "baseline", "labels")
FROM_BASELINE = "from-baseline"
_OWN_CODE = re.compile(r"file:checks/[^/]+\.py")
"""How a statement names the code of a check of the project's own; a plan that is not known need not say it."""


@dataclass(frozen=True)
class RecordedStep:
    """One step of a run, as it is on record.

    Attributes:
        evidence: digest of its statement; None where it has none.
        verdict: of its requirements, with `, warned` where something warned; None where nothing was judged.
        measurement: the measurement in its statement (JSON); None where there is none.
        judged: (metric, where as canonical text) -> verdict of the strictest requirement on it.
        basis: environment and code that measured, with the environment in full; None where it was not recorded.
    """

    uses: str
    evidence: str | None = None
    verdict: str | None = None
    measurement: Mapping[str, Any] | None = None
    judged: Mapping[tuple[str, str], str] = field(default_factory=dict)
    basis: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RecordedRun:
    """One run, as it is on record.

    Attributes:
        label: `dag/run`, or the name of a local run's folder.
        plan: the pinned plan's JSON; None where it was not kept.
        profile: by side of the data: `rows`, and `columns` as name -> digest of its statistics.
        verdict: of the whole run; None where it was not decided.
    """

    label: str
    model: str
    artifact: str
    plan: Mapping[str, Any] | None
    steps: Mapping[str, RecordedStep]
    verdict: str | None = None
    profile: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, str]:
        """Digest of each data set, as the statements name them."""
        named = [step.measurement["inputs"] for step in self.steps.values() if step.measurement is not None]
        return {side: one[side] for side in SIDES for one in named if side in one}

    def files(self, side: str) -> dict[str, str]:
        """Digest of each file of a data set that has several; empty where that was not recorded."""
        for step in self.steps.values():
            found = ((step.basis or {}).get("data") or {}).get(side)
            if found:
                return dict(found)
        return {}


def measuring(run: RecordedRun) -> list[str]:
    """Ids of the steps whose measurements count: those of the plan, and whatever else has evidence."""
    from .manifest import judged_steps

    planned = [step["id"] for step in judged_steps(run.plan)] if run.plan is not None else []
    return list(dict.fromkeys([*planned, *(name for name, step in run.steps.items() if step.evidence is not None)]))


def text(value: Any) -> str:
    """A value as a text that is equal only where the value is."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def facts_of(run: RecordedRun, name: str, *, plan: bool, basis: bool) -> Facts:
    """What the numbers of a step rest on.

    Args:
        plan, basis: whether to tell what stands in the plan, and in the basis; both runs must have it.
    """
    step = run.steps.get(name, RecordedStep(""))
    facts: Facts = {("model", "artifact"): run.artifact}
    if step.uses != "scan-artifact":
        facts |= {("data", side): digest for side, digest in run.inputs.items()}
    facts |= dict(_own_inputs(name, step))
    if plan and run.plan is not None:
        facts |= dict(_planned(run.plan, name))
    if basis and step.basis is not None:
        facts |= _based(step.basis, scheduled=run.plan is not None and run.plan["on"] == "schedule" and not _pinned(run.plan))
    return facts


def _pinned(plan: Mapping[str, Any]) -> bool:
    """Whether it repeats a release, which looks at all data whenever it runs."""
    return any(step["uses"] == "pin" and step["options"].get("data") == "pinned" for step in plan["steps"])


def _own_inputs(name: str, step: RecordedStep) -> Iterator[tuple[tuple[str, str], str]]:
    """What the step's own statement names beside the data sets."""
    if step.measurement is None:
        return
    for what, digest in step.measurement["inputs"].items():
        if what in (*SIDES, "artifact"):
            continue
        kind = "model" if what == "champion" else "code" if _OWN_CODE.fullmatch(what) else "data"
        yield (kind, what.removeprefix("file:")), digest
    yield ("code", f"meaning of the check {step.measurement['check']}"), f"version {step.measurement['version']}"
    asked = step.measurement["parameters"]
    if "suite_digest" in asked and asked.get("suite") != FROM_BASELINE:
        yield ("plan", f"suite of {name}"), f"{asked.get('suite')} {asked['suite_digest']}"
    if "as_of" in asked:
        yield ("data", "as of"), text(asked["as_of"])


def _planned(plan: Mapping[str, Any], name: str) -> Iterator[tuple[tuple[str, str], str]]:
    """What the plan says about a step's numbers: of the model what it is asked as, of the data how it is read, and options."""
    yield ("model", "kind"), text(plan["model"]["kind"])
    for key, value in (plan["model"].get("with") or {}).items():
        yield ("model", f"option {key}"), text(value)
    steps = {step["id"]: step for step in plan["steps"]}
    uses = steps[name]["uses"] if name in steps else ""
    if uses != "scan-artifact":
        for key, value in (plan["data"] or {}).items():
            if key in SIDES[:2]:
                yield ("data", f"source of {key}"), text(value)
            else:
                yield ("plan", f"data.{key}"), text(value)
    # The profile holds what every check asks of it, so options of any step may change it.
    for other in plan["steps"]:
        if other["phase"] in ("prepare", "check") and (other["id"] == name or uses == "profile"):
            for key, value in other["options"].items():
                yield ("plan", f"option {key} of {other['id']}"), text(value)


def _based(basis: Mapping[str, Any], *, scheduled: bool) -> Facts:
    environment = basis["environment"]
    facts: Facts = {("environment", key): text(environment[key]) for key in environment if key != "libraries"}
    facts |= {("environment", name): version for name, version in environment["libraries"].items()}
    facts[("code", "modelops-airflow")] = f"{basis['code']['version']} {basis['code']['digest']}"
    if scheduled:
        facts[("data", "interval")] = text(basis["interval"])
    return facts


def demanded_of(run: RecordedRun, name: str) -> Facts:
    """What the verdict of a step rests on beside its numbers: its requirements."""
    facts: Facts = {}
    for step in (run.plan or {"steps": ()})["steps"]:
        for rule in step["requirements"] if step["id"] == name else ():
            where = "".join(f" [{key}={value}]" for key, value in sorted(rule["where"].items()))
            limits = ", ".join(f"{level} {rule[level]}" for level in ("warn", "fail") if rule[level])
            key = ("policy", f"{name} requires {rule['metric']}{where}")
            facts[key] = "; ".join([*([facts[key]] if key in facts else []), f"{limits} ({rule['origin']})"])
    return facts


def said_once(run: RecordedRun) -> Facts:
    """What the plan says that no number rests on: policies in force, gates and acts, and how the model is described."""
    if run.plan is None:
        return {}
    plan = run.plan
    facts: Facts = {("policy", f"pack {name}"): digest for name, digest in plan["policies"].items()}
    facts |= {("plan", key): text(plan[key]) for key in ("lifecycle", "template", "overlay") if plan.get(key)}
    facts |= {("plan", f"model.{key}"): text(value) for key, value in plan["model"].items() if key not in ("kind", "with")}
    for step in plan["steps"]:
        if step["phase"] not in ("prepare", "check"):
            facts[("policy" if step["phase"] == "gate" else "plan", f"step {step['id']}")] = f"{step['uses']} {text(step['options'])}"
        elif step.get("required_by"):
            facts[("policy", f"{step['id']} is demanded")] = "by " + ", ".join(step["required_by"])
    return facts
