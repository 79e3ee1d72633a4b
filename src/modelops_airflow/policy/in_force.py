"""The library that plans are made from: the package's life cycles and policy packs, with the project's own that are put in force with governance."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from ..errors import PolicyError
from ..spec.own_files import FOLDERS, LIFECYCLES, POLICIES, folder_of
from ..spec.policy import Policy
from ..spec.read import Source, parse_lifecycle, parse_policy
from ..spec.types import Governance, Lifecycle
from .library import packs, resolved, steps_of, templates
from .merge import Merged


@dataclass(frozen=True, eq=False)
class Library:
    """Life cycles and policy packs by name, of the package and of the project."""

    own_lifecycles: Mapping[str, Source[Lifecycle]] = field(default_factory=dict)
    own_packs: Mapping[str, Source[Policy]] = field(default_factory=dict)

    @property
    def lifecycles(self) -> Mapping[str, Source[Lifecycle]]:
        """Every life cycle; one of the project's never takes the place of one of the package's."""
        return {**self.own_lifecycles, **templates()} if self.own_lifecycles else templates()

    @property
    def packs(self) -> Mapping[str, Source[Policy]]:
        """Every policy pack; one of the project's never takes the place of another."""
        return {**self.own_packs, **packs()} if self.own_packs else packs()

    def steps(self, lifecycle: str) -> tuple[Merged, ...]:
        """The steps of a life cycle; none of one that contradicts itself, which its file's mistakes say."""
        if lifecycle not in self.own_lifecycles:
            return resolved(lifecycle)
        try:
            return steps_of(lifecycle, self.lifecycles)
        except (PolicyError, KeyError, RecursionError):
            return ()


_LAST: deque[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None, Library]] = deque(maxlen=4)
SHIPPED = Library()
"""What comes with the package, and with other packages."""


def library_of(governance: Governance) -> Library:
    """The library under a governance."""
    policies, lifecycles = governance.own_policies, governance.own_lifecycles
    if not policies and not lifecycles:
        return SHIPPED
    # A fleet is planned under one governance: what it carries is written out once, not for each of its models.
    for packs_then, lifecycles_then, library in tuple(_LAST):
        if packs_then is policies and lifecycles_then is lifecycles:
            return library
    library = _parsed(json.dumps({POLICIES: policies, LIFECYCLES: lifecycles}, sort_keys=True))
    _LAST.append((policies, lifecycles, library))
    return library


def library_from(sources: Iterable[Source[Any]]) -> Library:
    """The library with the project's own files as they were read."""
    own: dict[str, dict[str, Source[Any]]] = {folder: {} for folder in FOLDERS}
    for source in sources:
        own[folder_of(source.file)][PurePosixPath(source.file).stem] = source
    return Library(own[LIFECYCLES], own[POLICIES])


@lru_cache(maxsize=16)
def _parsed(own: str) -> Library:
    bodies: dict[str, dict[str, Any] | None] = json.loads(own)
    return Library({name: parse_lifecycle(json.dumps(body), _file(LIFECYCLES, name)) for name, body in (bodies[LIFECYCLES] or {}).items()},
                   {name: parse_policy(json.dumps(body), _file(POLICIES, name)) for name, body in (bodies[POLICIES] or {}).items()})


def _file(folder: str, name: str) -> str:
    return f"dags/{folder}/{name}.yaml"
