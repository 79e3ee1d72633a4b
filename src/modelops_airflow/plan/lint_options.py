"""Options (`with`) of a step: names and types, from the step's own declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks import Check
from ..duration_text import DURATION
from ..kinds import KINDS
from ..parameters import Parameter, lacking_options, wrong_options
from ..policy.merge import Merged
from ..registry import did_you_mean
from ..spec.governance_rules import leaves_project
from ..targets import TARGETS, wrong_target
from .draft import Draft
from .kinds_of_step import STEP_KINDS


def lint_options(draft: Draft, step: Merged) -> None:
    """Note unknown, missing and ill-typed options."""
    check = draft.check(step.uses)
    if check is not None:
        good = _check_options(draft, step, check.parameters)
        if good and isinstance(check, Check) and (why := check.clash(step.options)):
            draft.problem(draft.at(step, "with"), "PLAN005", f"options of step {step.id!r}: {why}")
        return
    kind = STEP_KINDS[step.uses]
    for name, value in step.options.items():
        path = draft.at(step, "with", name)
        if name not in kind.options:
            draft.problem(path, "PLAN004", f"{step.uses} has no option {name!r}{did_you_mean(name, list(kind.options))}")
            continue
        why = _wrong(draft, kind.options[name], value)
        if why:
            code = "PLAN007" if kind.options[name] == "environment" else "PLAN005"
            draft.problem(path, code, f"option {name!r} of step {step.id!r}: {why}")
    for name in kind.required:
        if name not in step.options:
            draft.problem(draft.at(step, "with"), "PLAN004", f"step {step.id!r} lacks the option {name!r}")


def lint_kind_options(draft: Draft) -> None:
    """Note options of the model's kind, `model.with`, that it does not have, lacks, or that are ill-typed."""
    model = draft.model.spec.model
    parameters, what, given = KINDS[model.kind].parameters, f"kind {model.kind}", model.with_ or {}
    for name, why in wrong_options(given, parameters, what).items():
        draft.problem(("model", "with", name), "PLAN005" if name in parameters else "PLAN004", why)
    for why in lacking_options(given, parameters, what):
        draft.problem(("model", "kind"), "PLAN004", why, next_step="add it to model.with")


def _check_options(draft: Draft, step: Merged, parameters: Mapping[str, Parameter]) -> bool:
    """Note what is wrong with each option; whether nothing is."""
    wrong = wrong_options(step.options, parameters, f"check {step.uses}", where=f"step {step.id!r}")
    for name, why in wrong.items():
        draft.problem(draft.at(step, "with", name), "PLAN005" if name in parameters else "PLAN004", why)
    good = not wrong
    for name, one in parameters.items():
        if one.required and name not in step.options:
            good = False
            draft.problem(draft.at(step, "with"), "PLAN004", f"step {step.id!r} lacks the option {name!r}", expected=one.words)
    return good


def _wrong(draft: Draft, kind: str, value: Any) -> str:
    if kind == "duration":
        good = isinstance(value, str) and DURATION.fullmatch(value) is not None
        return "" if good else f"{value!r} is no duration; expected one such as P5D"
    if kind == "version":
        return "" if value == "in-use" else f"{value!r}; expected 'in-use'"
    if kind == "inputs":
        return "" if value in ("pinned", "fresh") else f"{value!r}; expected pinned or fresh"
    if kind == "meaning":
        return "" if value in ("validate", "approve") else f"{value!r}; expected validate or approve"
    if kind == "attest":
        return "" if value == "attest" else f"{value!r}; expected attest"
    if kind == "signature":
        return "" if value == "person" else f"{value!r}; expected person: approvals count with the person's own signature only"
    if kind == "path":
        return "" if isinstance(value, str) and value and not leaves_project(value) else f"{value!r}; expected a path below the project root"
    if kind == "switch":
        return "" if isinstance(value, bool) else f"{value!r}; expected true or false"
    if kind == "roles":
        counts = value.values() if isinstance(value, dict) else ()
        good = bool(counts) and all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in counts)
        return "" if good else "expected roles with a number of people, each at least 1, such as {risk: 2}"
    return _wrong_environment(draft, value)


def _wrong_environment(draft: Draft, value: Any) -> str:
    environments = draft.governance.environments
    if not isinstance(value, str) or value not in environments:
        return f"governance.yaml has no environment {value!r}{did_you_mean(str(value), list(environments))}"
    target = environments[value].target
    if target not in TARGETS:
        return f"environment {value!r} names the target {target!r}, which does not exist{did_you_mean(target, list(TARGETS))}"
    if wrong := wrong_target(target, environments[value].with_):
        return f"environment {value!r} of governance.yaml: {'; '.join(wrong)}"
    return ""
