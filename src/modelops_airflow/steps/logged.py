"""Logged answers: what a model said in production, in the data. Nobody opens the model to judge them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..digest import Digest
from ..errors import ArtifactError
from ..kinds import Scorer
from .pin import StoredArtifact

if TYPE_CHECKING:
    import pyarrow as pa

    from ..plan import Plan
    from ..spec.types import ModelFile


def opens_artifact(plan: Plan) -> bool:
    """Whether a plan scans the artifact; where none is scanned, none is opened."""
    return any(step.uses == "scan-artifact" for step in plan.steps)


def declared_artifact(model: ModelFile) -> StoredArtifact | None:
    """What a file declares in use, whose bytes are elsewhere; None where it declares nothing."""
    if model.legacy is None or model.legacy.digest is None:
        return None
    return StoredArtifact(Digest(model.legacy.digest), PurePosixPath(model.model.artifact).name)


class LoggedAnswers(Scorer):
    """In the place of a model that nobody opens."""

    def __init__(self, label: str) -> None:
        self._label = label

    def score(self, rows: pa.Table) -> pa.Table:
        """There is nobody to ask.

        Raises:
            ArtifactError: always.
        """
        raise ArtifactError(f"{self._label} opens no artifact, and the data has no column of answers for these rows; "
                            "name it under data.columns.prediction or score")

    def notes(self) -> tuple[str, ...]:
        """Where the answers are from."""
        return ("the answers are those that were logged; no artifact was opened",)
