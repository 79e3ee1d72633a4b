"""A look at an artifact whose reader says what is wrong by raising it."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ArtifactError, LibraryMissing
from .kind import Findings


def found_by(look: Callable[[], object]) -> Findings:
    """What a look that raises found: the first thing that is wrong, or nothing.

    Raises:
        LibraryMissing: nothing was looked at, which says nothing about the artifact.
    """
    try:
        look()
    except LibraryMissing:
        raise
    except ArtifactError as error:
        return Findings(False, findings=(str(error),))
    return Findings(True)
