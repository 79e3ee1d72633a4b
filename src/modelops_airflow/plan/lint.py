"""Everything that can be known to be wrong before anything runs."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from ..checks import CHECKS
from ..kinds import KINDS
from ..policy.merge import Merged
from ..registry import did_you_mean, load_extensions
from ..spec.document import Path
from ..spec.governance_rules import leaves_project
from ..spec.policy import TierRules
from ..spec.types import Files
from .cadence import lint_cadence, lint_reviewers
from .compile import lint_controls
from .draft import Draft
from .lint_formats import lint_formats
from .lint_gates import lint_gates
from .lint_labels import lint_labels
from .lint_legacy import lint_logged
from .lint_options import lint_kind_options, lint_options
from .lint_requirements import lint_requirements
from .lint_scoring import lint_scoring
from .lint_strategy import lint_strategy
from .overlay import lint_crossing
from .repeat import lint_repeat
from .schedule import schedule_problem

_KEPT_WITH = {"min_group_size": ("least_share",), "method": ("binning",)}
"""Option -> options that say the same another way and are younger than the packs that keep it."""


def lint(draft: Draft) -> None:
    """Note every problem of a draft."""
    _model(draft)
    _data(draft)
    _paths(draft)
    lint_labels(draft)
    lint_logged(draft)
    _version_in_use(draft)
    lint_repeat(draft)
    _champion(draft)
    _schedule(draft)
    lint_cadence(draft)
    lint_reviewers(draft)
    _window(draft)
    lint_scoring(draft)
    kinds = draft.kinds()
    for step in draft.steps:
        if step.uses not in kinds:
            _unknown(draft, step, kinds)
            continue
        lint_options(draft, step)
        lint_requirements(draft, step)
        lint_crossing(draft, step)
        if step.run and step.run not in draft.governance.run_profiles:
            known = list(draft.governance.run_profiles)
            draft.problem(draft.at(step, "run"), "PLAN015",
                          f"governance.yaml has no run profile {step.run!r}{did_you_mean(step.run, known)}")
    _required(draft)
    lint_controls(draft)
    lint_gates(draft)
    lint_strategy(draft)


def _unknown(draft: Draft, step: Merged, kinds: list[str]) -> None:
    """A kind that is not there; perhaps it is the project's own, in a file with a mistake."""
    if step.uses in draft.own.broken:
        draft.problem(draft.at(step, "uses"), "CHECK005", f"check {step.uses!r} cannot be used: {draft.own.broken[step.uses]}")
        return
    files = ", ".join(sorted({one.file for one in draft.own.problems}))
    hints = [f"if it is in a file with mistakes, mend that first: {files}"] if files else []
    draft.problem(draft.at(step, "uses"), "PLAN003", f"there is no kind of step {step.uses!r}{did_you_mean(step.uses, kinds)}",
                  next_step="; ".join([*hints, *load_extensions()]))


def _model(draft: Draft) -> None:
    model, people = draft.model.spec.model, draft.governance.people
    if model.kind not in KINDS:
        draft.problem(("model", "kind"), "PLAN014", f"there is no kind {model.kind!r}{did_you_mean(model.kind, list(KINDS))}",
                      next_step="; ".join(load_extensions()))
    else:
        lint_formats(draft)
        lint_kind_options(draft)
    if model.owner not in people:
        draft.problem(("model", "owner"), "PLAN017",
                      f"owner {model.owner!r} is not in governance.yaml{did_you_mean(model.owner, list(people))}")
    for index, person in enumerate(model.developers):
        if person not in people:
            draft.problem(("model", "developers", index), "PLAN017",
                          f"developer {person!r} is not in governance.yaml{did_you_mean(person, list(people))}")


def _data(draft: Draft) -> None:
    data = draft.model.spec.data
    uses = {step.uses for step in draft.steps}
    if "profile" in uses and data is None:
        draft.problem(("model",), "PLAN016", "the model names no data", next_step="add `data: {current: ...}`")
    elif "drift" in uses and data is not None and data.baseline is None:
        draft.problem(("data",), "PLAN016", "step drift needs a baseline and the model names none",
                      next_step="add `data.baseline`")
    if data is not None and data.baseline is not None and data.baseline == data.current:
        draft.problem(("data", "baseline"), "PLAN016", "baseline and current data are the same; nothing can drift from itself",
                      next_step="name the data the model was made with as the baseline")


def _paths(draft: Draft) -> None:
    """Paths that leave the project are wrong whatever lies there."""
    spec = draft.model.spec
    written: list[tuple[Path, str]] = [(("model", "artifact"), spec.model.artifact)]
    if spec.data is not None:
        for side, source in (("current", spec.data.current), ("baseline", spec.data.baseline)):
            if isinstance(source, str):
                written.append((("data", side), source))
            elif isinstance(source, Files) and leaves_project(source.files):
                draft.problem(("data", side, "files"), "PLAN020", f"path {source.files!r} leaves its store",
                              expected="a path below the URL of the connection")
        if spec.data.labels is not None:
            written.append((("data", "labels", "path"), spec.data.labels.path))
    for path, text in written:
        if leaves_project(text):
            draft.problem(path, "PLAN020", f"path {text!r} leaves the project", expected="a path below the project root")
    roots = draft.governance.artifact_roots
    artifact = posixpath.normpath(spec.model.artifact)
    inside = any(artifact == one or artifact.startswith(f"{one.rstrip('/')}/") for one in map(posixpath.normpath, roots))
    if not leaves_project(spec.model.artifact) and not inside and "." not in roots:
        draft.problem(("model", "artifact"), "PLAN020", f"artifact {spec.model.artifact!r} is below no artifact root",
                      expected="one of " + ", ".join(roots), next_step="move it, or name its folder in governance.yaml")


def _version_in_use(draft: Draft) -> None:
    for step in draft.steps:
        if step.uses == "pin" and step.options.get("version") == "in-use" and draft.deploys:
            draft.problem(draft.at(step, "with", "version"), "PLAN011",
                          "a life cycle of the version in use cannot deploy: it registers no version and no author",
                          next_step="take `version` out of the pin, or `deploy` out of the life cycle")


def _champion(draft: Draft) -> None:
    for step in draft.steps:
        if step.uses == "champion" and not draft.deploys:
            draft.problem(draft.at(step, "uses"), "PLAN011", f"step {step.id!r} compares with the version in use where the life cycle deploys, "
                          "and it deploys nowhere", next_step="put the step into a life cycle with a step of kind deploy")


def _schedule(draft: Draft) -> None:
    why = schedule_problem(draft.use.schedule) if draft.use.schedule is not None else ""
    if why:
        draft.problem((*draft.root, "schedule"), "PLAN012", f"schedule {draft.use.schedule!r} is none: {why}",
                      expected="five cron fields or @hourly, @daily, @weekly, @monthly, @quarterly, @yearly")


def _window(draft: Draft) -> None:
    if draft.use.window is not None and not draft.scheduled:
        draft.problem((*draft.root, "window"), "PLAN016", f"{draft.use.uses} looks at all data, whatever its window",
                      expected="a window of a life cycle on a schedule, such as monitor", next_step="take `window` out")


def _required(draft: Draft) -> None:
    from .make import required_kinds

    for words, rules in draft.demanded().items():
        for kind in required_kinds(draft, rules):
            there = [step for step in draft.steps if step.uses == kind]
            if not there:
                path = _taken_out(draft, kind)
                draft.problem(path, "PLAN006", f"{words} requires a step of kind {kind!r} and the life cycle has none",
                              next_step=f"keep the step, or use a life cycle that has {kind}")
            elif all(_narrowed(draft, step, rules) for step in there):
                _tell_narrowed(draft, there[0], rules, words)


def _taken_out(draft: Draft, kind: str) -> Path:
    """Where the file takes a kind of step out, or else where it names the life cycle."""
    if not draft.use.remove:
        return (*draft.root, "uses")
    kinds = {step.id: step.uses for step in draft.library.steps(draft.use.uses)}
    index = next((index for index, gone in enumerate(draft.use.remove) if kind in (gone, kinds.get(gone))), None)
    return (*draft.root, "remove") if index is None else (*draft.root, "remove", index)


def _narrowed(draft: Draft, step: Merged, rules: TierRules) -> list[str]:
    """The options by which a step looks at something else than the policy speaks of."""
    return [name for name in _kept(rules, step.uses) if _option(step, name) != _library_option(draft, step, name)]


def _kept(rules: TierRules, uses: str) -> list[str]:
    named = rules.keep.get(uses, ())
    there = CHECKS[uses].parameters if uses in CHECKS else {}
    return [*named, *(one for name in named for one in _KEPT_WITH.get(name, ()) if one in there and one not in named)]


def _option(step: Merged, name: str) -> object:
    default = CHECKS[step.uses].parameters[name].default if step.uses in CHECKS else None
    value = step.options.get(name, default)
    return list(value) if isinstance(value, tuple) else value


def _library_option(draft: Draft, step: Merged, name: str) -> object:
    """The option as the library's life cycle has it."""
    same = next((one for one in draft.library.steps(draft.use.uses) if one.uses == step.uses), None)
    return _option(same if same is not None else replace(step, options={}), name)


def _tell_narrowed(draft: Draft, step: Merged, rules: TierRules, words: str) -> None:
    for name in _narrowed(draft, step, rules):
        draft.problem(draft.at(step, "with", name), "PLAN019",
                      f"{words} requires step {step.id!r} with {name} as the life cycle has it",
                      next_step=f"leave {name} out, and insert another step of kind {step.uses} for the other measurement")
