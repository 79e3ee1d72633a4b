"""Places: the target and its options that governance gives an environment. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..spec.types import Governance
from ..targets import where_of


@dataclass(frozen=True)
class Place:
    """A target with its options; equal where they mean the same, however the path is written."""

    target: str
    options: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and (self.target, _plain(self.options)) == (other.target, _plain(other.options))

    def __hash__(self) -> int:
        return hash(self.target)

    def __str__(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in sorted(self.options.items()))
        return f"{self.target} ({told})" if told else self.target

    def same_as(self, other: Place) -> bool:
        """Whether two places are one, with the same or other settings: what says where they are is equal."""
        return self == other or (self.target == other.target
                                 and _plain(where_of(self.target, self.options)) == _plain(where_of(other.target, other.options)))

    def overlaps(self, other: Place) -> bool:
        """Whether two places are one, or one on the disk: the same path, whichever target writes there."""
        paths = [place.options.get("path") for place in (self, other)]
        if all(isinstance(path, str) for path in paths):
            return posixpath.normpath(str(paths[0])) == posixpath.normpath(str(paths[1]))
        return self.same_as(other)


def place_in(governance: Governance, environment: str) -> Place | None:
    """Where governance has an environment; None if it has none of that name."""
    named = governance.environments.get(environment)
    return None if named is None else Place(named.target, named.with_)


def environments_of(governance: Governance, here: str = "") -> list[str]:
    """The environments that an installation answers for: its own and the canary beside that, or all where it has none of its own.

    Args:
        here: `[modelops] environment`; what other installations release is not for this one to judge.
    """
    own = governance.environments.get(here)
    return [name for name in governance.environments if not here or name == here or (own is not None and name == own.canary)]


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: posixpath.normpath(value) if key == "path" and isinstance(value, str) else value for key, value in options.items()}
