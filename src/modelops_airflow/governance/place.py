"""Places: the target and its options that a deployment is made to. A deployment stays where it was made until it ends there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import DeploymentRow, DeploymentState
from ..spec.types import Governance
from ..targets import where_of
from .versions import finding_in, open_finding

_UNDER_WAY = (DeploymentState.INTENT.value, DeploymentState.PUBLISHING.value, DeploymentState.LIVE.value)


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


def place_of(row: DeploymentRow, governance: Governance) -> Place:
    """Where a deployment was made; a row of the first release, whose governance nobody knows any more, where its environment is now."""
    if row.options is not None:
        return Place(row.target, row.options)
    return place_in(governance, row.environment) or Place(row.target, {})


def finding_of(environment: str) -> str:
    """The kind of the finding that says that something is, or may be, at another place than governance names."""
    return finding_in(environment, "elsewhere")


def say_what_moved(session: Session, governance: Governance) -> None:
    """Open a finding for each deployment under way at another place than governance names from now on."""
    for row in session.scalars(select(DeploymentRow).where(DeploymentRow.state.in_(_UNDER_WAY)).order_by(DeploymentRow.id)):
        say_if_elsewhere(session, governance, row)


def say_if_elsewhere(session: Session, governance: Governance, row: DeploymentRow) -> None:
    """Open a finding if a deployment was made at another place than governance names; converging closes it."""
    here, named = place_of(row, governance), place_in(governance, row.environment)
    if here != named:
        open_finding(session, row.model_id, finding_of(row.environment), "high", elsewhere(row.environment, [here], named))


def elsewhere(environment: str, places: Sequence[Place], named: Place | None) -> str:
    """What the finding says."""
    where = ", ".join(str(place) for place in places)
    says = f"has {environment} at {named} now" if named is not None else f"has no environment {environment} any more"
    then = "release it again to move it, or suspend it" if named is not None else "suspend it, or give it its environment back"
    return f"it is in service, or was left, at {where}, and governance {says}; {then}"


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: posixpath.normpath(value) if key == "path" and isinstance(value, str) else value for key, value in options.items()}
