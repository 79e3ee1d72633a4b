"""What is wrong with the project's own policy packs and life cycles, each at its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..errors import PolicyError
from ..policy.in_force import Library, library_from
from ..policy.library import packs, steps_of, templates
from ..policy.lint_pack import lint_pack
from ..registry import did_you_mean, load_extensions
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.types import Governance, Lifecycle
from .kinds_of_step import phase_of
from .schedule import schedule_problem


def own_problems(governance: Source[Governance]) -> list[Problem]:
    """Every mistake of the files that are put in force with a governance."""
    load_extensions()
    library = library_from(governance.own)
    found: dict[Problem, None] = {}
    for pack in library.own_packs.values():
        if _stem(pack.file) in packs():
            found[pack.problem(("pack",), "PACK019", f"there is a policy pack {_stem(pack.file)!r} in the package already",
                               next_step="give this one another name; with `extends` it takes over the other's controls")] = None
        found.update(dict.fromkeys(lint_pack(pack, library.packs)))
    for lifecycle in library.own_lifecycles.values():
        found.update(dict.fromkeys(_lifecycle(lifecycle, library)))
    return list(found)


def _lifecycle(source: Source[Lifecycle], library: Library) -> Iterator[Problem]:
    spec, stem = source.spec, _stem(source.file)
    if spec.lifecycle != stem:
        yield source.problem(("lifecycle",), "PLAN029", f"the life cycle is {spec.lifecycle!r} and its file {stem!r}", next_step="give both the same name")
    if stem in templates():
        yield source.problem(("lifecycle",), "PLAN029", f"there is a life cycle {stem!r} in the package already",
                             next_step="give this one another name, and let it extend the other")
    if spec.extends is None or spec.extends not in library.lifecycles:
        named = "no life cycle" if spec.extends is None else f"{spec.extends!r}, which is not there{did_you_mean(spec.extends, list(library.lifecycles))}"
        yield source.problem(("extends",), "PLAN029", f"it extends {named}", expected="one of the library, from which it has the steps that every life cycle needs")
        return
    base = library.lifecycles[spec.extends].spec
    if spec.on != base.on:
        yield source.problem(("on",), "PLAN029", f"it begins on {spec.on}, and {spec.extends} on {base.on}", next_step=f"write on: {base.on}")
    if spec.schedule is not None and (why := schedule_problem(spec.schedule)):
        yield source.problem(("schedule",), "PLAN029", f"{spec.schedule!r} is no schedule: {why}", expected='a cron text such as "0 6 * * 1", or a preset such as @daily')
    if base.schedule is not None and spec.schedule is None:
        yield source.problem((), "PLAN029", "it runs on a schedule and names none", next_step="add schedule:")
    yield from _steps(source, library)


def _steps(source: Source[Lifecycle], library: Library) -> Iterator[Problem]:
    try:
        before = {step.id: step.uses for step in steps_of(str(source.spec.extends), library.lifecycles)}
        steps_of(_stem(source.file), library.lifecycles)
    except RecursionError:
        yield source.problem(("extends",), "PLAN029", "life cycles extend each other in a circle", next_step="take one `extends` out")
        return
    except PolicyError as error:
        yield source.problem(("steps",), "PLAN029", str(error))
        return
    for index, gone in enumerate(source.spec.remove):
        if phase_of(before.get(gone, "")) in ("prepare", "decide"):
            yield source.problem(("remove", index), "PLAN029", f"step {gone!r} cannot be removed", next_step="every life cycle pins, scans, profiles and decides")
    for index, step in enumerate(source.spec.steps):
        if step.uses is not None and step.id in before and step.uses != before[step.id]:
            yield source.problem(("steps", index, "uses"), "PLAN029", f"step {step.id!r} is of kind {before[step.id]!r} in {source.spec.extends}",
                                 next_step="give a new step another id, with `insert`")


def _stem(file: str) -> str:
    return PurePosixPath(file).stem
