"""pin: fix what this run is about, once.

The artifact's bytes go into the store and name themselves by digest; the plan is fixed by its
digest. What is written first stays: a cleared or repeated pin answers with the first plan, and an
edit of the YAML in mid-run changes nothing for the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ArtifactError
from ..kinds import read_artifact

if TYPE_CHECKING:
    from ..digest import Digest
    from ..evidence.store import BlobStore
    from ..plan import Plan
    from ..spec.project import Project


@dataclass(frozen=True)
class StoredArtifact:
    """An artifact whose bytes are in the store."""

    digest: Digest
    name: str


def store_artifact(plan: Plan, project: Project, roots: tuple[str, ...], store: BlobStore) -> StoredArtifact:
    """Put the artifact that the plan names into the store.

    Raises:
        ArtifactError: there is no such file below the artifact roots.
    """
    named = str(plan.model["artifact"])
    path = project.resolve(named, roots)
    if path.is_dir():
        packed = read_artifact(path, named)
        return StoredArtifact(store.put(packed.bytes), packed.name)
    if not path.is_file():
        raise ArtifactError(
            f"the artifact of {plan.model_id} is not there: {named}; "
            "expected a file or folder below the project, check model.artifact"
        )
    return StoredArtifact(store.put_file(path), path.name)


def wants_version_in_use(plan: Plan) -> bool:
    """Whether the life cycle looks at the version in use (monitor, review) instead of a new one."""
    return any(step.uses == "pin" and step.options.get("version") == "in-use" for step in plan.steps)
