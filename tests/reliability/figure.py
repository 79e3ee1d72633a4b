"""One figure of the report: what is measured, how, what it must be, and what shows when the guard is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What came of a figure.

    Attributes:
        told: the figures in one line.
        control: what the same measurement finds with the guard off.
        met: the target is met, and the control found something.
        data: the figures.
    """

    told: str
    control: str
    met: bool
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is written to a file between two processes; not by `asdict`, which takes a Counter's items for its keys."""
        return dict(vars(self))


@dataclass(frozen=True)
class Figure:
    """A row of the report.

    Attributes:
        measure: from seed and share (1.0 for all of it) to the figure; None if what it measures is not there.
        alone: it measures time, and nothing else runs beside it.
    """

    id: str
    what: str
    how: str
    target: str
    measure: Callable[[int, float], Measured | None]
    alone: bool = False


def so_many(count: int, share: float) -> int:
    """A share of a count, at least one."""
    return max(1, round(count * share))
