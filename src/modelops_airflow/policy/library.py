"""The library of life cycles, and the policy packs: those that come with the package and those that other packages add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..errors import PolicyError
from ..spec.policy import Control, Policy
from ..spec.problem import SpecError
from ..spec.read import Source, read_lifecycle, read_policy
from ..spec.types import Lifecycle, Require, Step
from .merge import Merged, Threshold, apply_change

_PACKAGE = Path(__file__).parent.parent


@cache
def templates() -> Mapping[str, Source[Lifecycle]]:
    """Every life cycle of the library as written, by name."""
    files = sorted((_PACKAGE / "lifecycles").glob("*.yaml"))
    return MappingProxyType({path.stem: read_lifecycle(path, name=f"lifecycles/{path.name}") for path in files})


class Packs(Mapping[str, Source[Policy]]):
    """Policy packs by name; a file is read when its pack is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: (path, f"packs/{path.name}") for path in sorted(folder.glob("*.yaml"))}
        self._read: dict[str, Source[Policy]] = {}

    def __getitem__(self, name: str) -> Source[Policy]:
        if name not in self._read:
            path, shown = self._files[name]
            self._read[name] = read_policy(path, name=shown)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def add(self, path: Path) -> Source[Policy]:
        """A pack of another package; its file is named as the pack, and what it extends is there before.

        Raises:
            PolicyError: there is a pack of that name.
            SpecError: the file has mistakes.
        """
        from .lint_pack import lint_pack

        if path.stem in self and self._files[path.stem][0] != path:
            raise PolicyError(f"there is a policy pack {path.stem!r} already ({self._files[path.stem][0]}); give the file and its pack another name")
        read = read_policy(path, name=str(path))
        if mistakes := lint_pack(read, self):
            raise SpecError(mistakes)
        self._files[path.stem], self._read[path.stem] = (path, str(path)), read
        return read


_PACKS = Packs(_PACKAGE / "packs")


def packs() -> Packs:
    """Every policy pack that exists, by name."""
    return _PACKS


def controls_of(name: str, among: Mapping[str, Source[Policy]] = _PACKS) -> tuple[Control, ...]:
    """The controls of a pack: those that it takes over without those that it removes, then its own; one of the same id replaces.

    Raises:
        PolicyError: packs extend each other in a circle.
    """
    chain: list[Policy] = []
    while name in among:
        if any(one.pack == name for one in chain):
            raise PolicyError(f"policy packs extend each other in a circle: {' -> '.join([*(one.pack for one in chain), name])}")
        chain.append(among[name].spec)
        name = chain[-1].extends or ""
    found: dict[str, Control] = {}
    for pack in reversed(chain):
        found = {key: one for key, one in found.items() if key not in (pack.remove or ())}
        found |= {one.id: one for one in pack.controls or ()}
    return tuple(found.values())


@cache
def resolved(name: str) -> tuple[Merged, ...]:
    """The steps of a life cycle of the package.

    Raises:
        PolicyError: the library contradicts itself.
    """
    return steps_of(name, templates())


def steps_of(name: str, among: Mapping[str, Source[Lifecycle]]) -> tuple[Merged, ...]:
    """The steps of a life cycle after `extends`, overrides, insertions and removals.

    Raises:
        PolicyError: the library contradicts itself.
    """
    template = among[name].spec
    origin = f"{name}@{template.version}"
    steps: list[Merged] = list(steps_of(template.extends, among)) if template.extends else []
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
