"""The library of life cycles and the policy packs that come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..errors import PolicyError
from ..spec.read import Source, read_lifecycle, read_policy
from ..spec.types import Lifecycle, Policy, Require, Step
from .merge import Merged, Threshold, apply_change

_PACKAGE = Path(__file__).parent.parent


@cache
def templates() -> Mapping[str, Source[Lifecycle]]:
    """Every life cycle of the library as written, by name."""
    files = sorted((_PACKAGE / "lifecycles").glob("*.yaml"))
    return MappingProxyType({path.stem: read_lifecycle(path, name=f"lifecycles/{path.name}") for path in files})


@cache
def packs() -> Mapping[str, Source[Policy]]:
    """Every policy pack that exists, by name."""
    files = sorted((_PACKAGE / "packs").glob("*.yaml"))
    return MappingProxyType({path.stem: read_policy(path, name=f"packs/{path.name}") for path in files})


@cache
def resolved(name: str) -> tuple[Merged, ...]:
    """The steps of a life cycle after `extends`, overrides, insertions and removals.

    Raises:
        PolicyError: the library contradicts itself.
    """
    template = templates()[name].spec
    origin = f"{name}@{template.version}"
    steps: list[Merged] = list(resolved(template.extends)) if template.extends else []
    for gone in template.remove:
        if all(step.id != gone for step in steps):
            raise PolicyError(f"life cycle {name} removes step {gone!r}, which {template.extends} does not have")
        steps = [step for step in steps if step.id != gone]
    for step in template.steps:
        steps = _place(name, origin, steps, step)
    return tuple(steps)


def _place(name: str, origin: str, steps: list[Merged], step: Step) -> list[Merged]:
    known = [one.id for one in steps]
    if step.id in known:
        return [apply_change(one, step, origin) if one.id == step.id else one for one in steps]
    if step.uses is None:
        raise PolicyError(f"life cycle {name}: step {step.id!r} names no `uses`")
    new = Merged(step.id, step.uses, dict(step.with_), thresholds(step.require, origin), step.needs, step.run)
    if step.insert is None:
        return [*steps, new]
    if step.insert.after not in known:
        raise PolicyError(f"life cycle {name}: step {step.id!r} goes after {step.insert.after!r}, which is not there")
    place = known.index(step.insert.after) + 1
    return [*steps[:place], new, *steps[place:]]


def thresholds(require: Mapping[str, Require], origin: str, *, default: bool = True) -> dict[str, Threshold]:
    """Requirements as thresholds of one origin."""
    return {
        metric: Threshold(rule.warn, rule.fail, dict(rule.where), origin, default=default)
        for metric, rule in require.items()
    }
