"""A rule of governance that does not hold, and where."""

from __future__ import annotations

from dataclasses import dataclass

from .document import Path


@dataclass(frozen=True)
class Broken:
    """A rule of governance that does not hold, at a path."""

    path: Path
    message: str
    expected: str = ""
    next_step: str = ""
