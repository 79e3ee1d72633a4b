"""Making a plan: merge, fill in what policies say, put in order, lint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from ..checks.own import NONE, OwnCheck, OwnChecks
from ..digest import Digest
from ..policy.demands import ControlRules, rules_of
from ..policy.in_force import Library, library_of
from ..policy.library import thresholds
from ..policy.merge import Merged, Threshold, apply_change
from ..policy.record import record
from ..policy.resolve import bases
from ..registry import did_you_mean, load_extensions
from ..spec.policy import TierName, TierRules
from ..spec.problem import Problem, SpecError
from ..spec.read import Source
from ..spec.types import Governance, LifecycleUse, ModelFile, StepChange
from .cadence import cadence
from .compile import compile_controls
from .draft import Draft
from .kinds_of_step import ONCE, phase_of
from .lint import lint
from .lint_formats import planned_formats
from .lint_legacy import bare_problems, legacy_problems
from .lint_tiering import derivations, tiering_problems
from .named_packs import applying, governance_problems, undecided_problems
from .numbers import with_numbers
from .order import ordered
from .overlay import overlay
from .repeat import release_of, repeated
from .types import Plan, PlannedStep, Requirement

HOUSE = "house"


def plans_of(model: Source[ModelFile], governance: Governance, own: OwnChecks = NONE, environment: str = "", *, on: date | None = None) -> list[Plan]:
    """Every plan of a model.

    Args:
        own: the checks of the project's own.
        environment: of the installation; empty where it has none of its own.
        on: the day for which policy packs are looked at; today (UTC), if not given.

    Raises:
        SpecError: every mistake of every life cycle.
    """
    try:
        return _plans(model, governance, own, environment, on)
    except SpecError:
        raise
    except Exception as error:  # one broken file must not take the others' DAGs, reconciliation or red rows with it
        raise SpecError([model.problem(("model",), "PLAN028", f"the file cannot be planned: {error!r:.200}",
                                       next_step="look for a value that is out of all proportion, and report this file")]) from error


def _plans(model: Source[ModelFile], governance: Governance, own: OwnChecks, environment: str, on: date | None) -> list[Plan]:
    plans: list[Plan] = []
    problems: dict[Problem, None] = dict.fromkeys([*_policy_problems(model, governance), *legacy_problems(model, governance),
                                                *tiering_problems(model, applying(model, governance, on or _today()).packs)])
    names = lifecycles_of(model, library_of(governance))
    if not names:
        problems.update(dict.fromkeys(bare_problems(model, governance)))
    for name in names:
        try:
            plans.append(make_plan(model, governance, name, own, environment, on=on))
        except SpecError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise SpecError(problems)
    return plans


def lifecycles_of(model: Source[ModelFile], library: Library) -> Mapping[str, LifecycleUse]:
    """The model's life cycles: those it names, else those its tier has by default."""
    if model.spec.lifecycles is not None:
        return model.spec.lifecycles
    found: dict[str, LifecycleUse] = {}
    for name in model.spec.policies:
        rules = library.packs[name].spec.tiers if name in library.packs else {}
        if (tier := _tier(model)) in rules:
            found.update(rules[tier].lifecycles)
    return found


def make_plan(model: Source[ModelFile], governance: Governance, lifecycle: str, own: OwnChecks = NONE, environment: str = "", *, on: date | None = None) -> Plan:
    """The plan of one life cycle of a model.

    Args:
        own: the checks of the project's own.
        environment: of the installation; empty where it has none of its own.
        on: the day for which policy packs are looked at; today (UTC), if not given.

    Raises:
        SpecError: every mistake, each located in the model file.
    """
    load_extensions()
    draft = _draft(model, governance, lifecycle, own, on or _today())
    draft.environment = environment
    for step in draft.library.steps(draft.use.uses):
        draft.steps.append(with_numbers(step, draft.rules, draft.metrics(step.uses), draft.library.packs))
    compile_controls(draft)
    _remove(draft)
    _change(draft)
    overlay(draft)
    lint(draft)
    order = ordered(draft)
    if draft.problems:
        raise SpecError(dict.fromkeys(draft.problems))
    plan = _plan(draft, order)
    return repeated(plan, _release(draft, model, own, environment, on)) if plan.pinned else plan


def _release(draft: Draft, model: Source[ModelFile], own: OwnChecks, environment: str, on: date | None) -> Plan:
    """The plan that a pinned review repeats.

    Raises:
        SpecError: the model has no life cycle that deploys, or that one has mistakes.
    """
    name = release_of({one: use for one, use in lifecycles_of(model, draft.library).items() if use.uses in draft.library.lifecycles}, draft.library)
    if name is None:
        pin = next(step for step in draft.steps if step.uses == "pin")
        raise SpecError([model.problem(draft.at(pin, "with", "data"), "PLAN033", "a pinned review repeats the checks of the release, and no life cycle of this model deploys",
                                             next_step="add a life cycle that deploys, or look at new data with `data: fresh`")])
    return make_plan(model, draft.governance, name, own, environment, on=on)


def _draft(model: Source[ModelFile], governance: Governance, lifecycle: str, own: OwnChecks, on: date) -> Draft:
    problems = _policy_problems(model, governance)
    library = library_of(governance)
    uses = lifecycles_of(model, library)
    if lifecycle not in uses:
        problems.append(model.problem(("lifecycles",), "PLAN001",
                                      f"the model has no life cycle {lifecycle!r}{did_you_mean(lifecycle, list(uses))}"))
    elif uses[lifecycle].uses not in library.lifecycles:
        name = uses[lifecycle].uses
        problems.append(model.problem(("lifecycles", lifecycle, "uses"), "PLAN001",
                                      f"the library has no life cycle {name!r}{did_you_mean(name, list(library.lifecycles))}"))
    if problems:
        raise SpecError(problems)
    found = applying(model, governance, on)
    return Draft(model, governance, lifecycle, uses[lifecycle], rules_of(found.packs, _tier(model)), own, library,
                 packs=tuple(found.packs), problems=[*undecided_problems(model, found), *tiering_problems(model, found.packs)])


def _today() -> date:
    return datetime.now(UTC).date()


def _policy_problems(model: Source[ModelFile], governance: Governance) -> list[Problem]:
    there = library_of(governance).packs
    problems = governance_problems(model, governance)
    problems += [
        model.problem(("policies", index), "PLAN013", f"there is no policy pack {name!r}{did_you_mean(name, list(there))}")
        for index, name in enumerate(model.spec.policies)
        if name not in there
    ]
    if HOUSE not in model.spec.policies:
        problems.append(model.problem(("policies",), "PLAN018", f"the policy pack {HOUSE!r} is left out",
                                      next_step=f"add {HOUSE} to policies; it is in force for every model"))
    return problems


def _tier(model: Source[ModelFile]) -> TierName:
    names: Mapping[int, TierName] = {1: "1", 2: "2", 3: "3"}
    return names[model.spec.model.tier]


def _remove(draft: Draft) -> None:
    for index, gone in enumerate(draft.use.remove):
        path = (*draft.root, "remove", index)
        step = next((one for one in draft.steps if one.id == gone), None)
        if step is None:
            known = [one.id for one in draft.steps]
            draft.problem(path, "PLAN002", f"there is no step {gone!r} to remove{did_you_mean(gone, known)}")
        elif phase_of(step.uses) in ("prepare", "decide"):
            draft.problem(path, "PLAN006", f"step {gone!r} cannot be removed",
                          next_step="every life cycle pins, scans, profiles and decides")
        else:
            draft.steps.remove(step)


def _change(draft: Draft) -> None:
    for step_id, change in draft.use.steps.items():
        path = (*draft.root, "steps", step_id)
        draft.written[step_id] = path
        known = [step.id for step in draft.steps]
        if step_id in known:
            place = known.index(step_id)
            if change.uses is not None and change.uses != draft.steps[place].uses:
                draft.problem((*path, "uses"), "PLAN003", f"step {step_id!r} is of kind {draft.steps[place].uses!r}",
                              next_step="give a new step another id, with `insert`")
            if change.insert is not None:
                draft.problem((*path, "insert"), "PLAN011", f"the life cycle has a step {step_id!r} already",
                              next_step="delete `insert`, or give a new step another id")
            draft.steps[place] = apply_change(draft.steps[place], change, "model file", default=False)
        else:
            _insert(draft, step_id, change, known)


def _insert(draft: Draft, step_id: str, change: StepChange, known: list[str]) -> None:
    path = (*draft.root, "steps", step_id)
    if change.uses is None or change.insert is None:
        draft.problem(path, "PLAN002", f"the life cycle has no step {step_id!r}{did_you_mean(step_id, known)}",
                      next_step="for a new step give `uses` and `insert: {after: id}`")
        return
    if change.insert.after not in known:
        draft.problem((*path, "insert", "after"), "PLAN011",
                      f"there is no step {change.insert.after!r}{did_you_mean(change.insert.after, known)}")
        return
    if change.uses in ONCE and any(step.uses == change.uses for step in draft.steps):
        draft.problem((*path, "uses"), "PLAN011", f"there is a step of kind {change.uses!r} already",
                      expected="one in a life cycle")
    written = thresholds(change.require, "model file", default=False)
    new = Merged(step_id, change.uses, dict(change.with_), written, change.needs, change.run)
    draft.steps.insert(known.index(change.insert.after) + 1, with_numbers(new, draft.rules, draft.metrics(new.uses), draft.library.packs))


def _plan(draft: Draft, order: list[tuple[Merged, tuple[str, ...]]]) -> Plan:
    model = draft.model.canonical["model"]
    template = draft.library.lifecycles[draft.use.uses].spec
    return Plan(
        model=model,
        data=_data(draft),
        lifecycle=draft.lifecycle,
        template=f"{template.lifecycle}@{template.version}",
        on=template.on,
        schedule=draft.use.schedule or template.schedule or cadence(draft),
        steps=tuple(_planned(draft, step, needs) for step, needs in order),
        policies=_policies(draft),
        packs=record(draft.packs, _tier(draft.model)),
        overlay=dict(draft.overlay),
        tiering=derivations(draft.model.spec, draft.packs),
    )


def _policies(draft: Draft) -> dict[str, Digest]:
    """The packs in force, with those whose controls they take over."""
    names = {name for one in draft.packs if one.in_force for name in (one.name, *bases(one.name, draft.library.packs))}
    return {name: Digest(draft.library.packs[name].digest) for name in sorted(names)}


def _data(draft: Draft) -> Mapping[str, Any] | None:
    """The file's section of data, with the life cycle's own window where it has one."""
    data, window = draft.model.canonical.get("data"), draft.use.window
    return data if data is None or window is None else {**data, "window": {"last": window.last}}


def _planned(draft: Draft, step: Merged, needs: tuple[str, ...]) -> PlannedStep:
    check = draft.check(step.uses)
    return PlannedStep(
        id=step.id,
        uses=step.uses,
        options={**step.options, **(planned_formats(draft) if step.uses == "scan-artifact" else {}), **_covered(draft, step)},
        requirements=tuple(
            _requirement(metric, rule) for metric, rule in sorted(step.require.items()) if rule.warn or rule.fail
        ),
        needs=needs,
        phase=phase_of(step.uses),
        required_by=_required_by(draft, step),
        profile=step.run or "default",
        code=check.code if isinstance(check, OwnCheck) else None,
    )


def _covered(draft: Draft, step: Merged) -> dict[str, list[str]]:
    """The controls that a gate's decision covers, as its option; no model file can write it."""
    return {"controls": list(draft.attested[step.id])} if step.id in draft.attested else {}


def _required_by(draft: Draft, step: Merged) -> tuple[str, ...]:
    """Who demands a step: rules that require its kind, controls of this stage too, those that its decision covers or whose approvals it asks for."""
    attested, demanded = draft.attested.get(step.id, ()), draft.demanded()
    roles = step.options.get("roles", {}) if step.uses == "approval" and draft.deploys else {}
    found = []
    for words, rules in draft.rules.items():
        control = isinstance(rules, ControlRules)
        required = step.uses in required_kinds(draft, rules) and (not control or words in demanded)
        if required or words in attested or (control and set(rules.approvals) & set(roles)):
            found.append(words)
    return (*found, draft.added[step.id]) if step.id in draft.added else tuple(found)


def required_kinds(draft: Draft, rules: TierRules) -> tuple[str, ...]:
    """The kinds of step that a tier's rules require of this model."""
    model = draft.model.spec
    persons = model.model.facts.get("decisions_on_persons") is True
    if persons or (model.data is not None and model.data.columns.protected):
        return (*rules.steps, *rules.steps_for_persons)
    return rules.steps


def _requirement(metric: str, rule: Threshold) -> Requirement:
    return Requirement(metric.split(" ", maxsplit=1)[0], rule.warn, rule.fail, dict(rule.where), rule.origin, rule.basis, rule.default, rule.among)


