"""Counts out of a whole as bars, for pages that tell of many models at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .bars import Bar, Widths, bars
from .sheet import sheet

_WIDTHS = Widths(label=220, bar=420, told=180)
_LEAST = 5.0
"""An axis reaches so far at least: counts are whole, and so are its steps then."""


@dataclass(frozen=True)
class Share:
    """A count, and what it is out of.

    Attributes:
        whole: None where it is out of nothing.
    """

    label: str
    count: int
    whole: int | None = None

    @property
    def told(self) -> str:
        """In figures."""
        return str(self.count) if self.whole is None else f"{self.count} of {self.whole}"


@dataclass(frozen=True)
class Panel:
    """Shares under one title."""

    title: str
    measure: str
    shares: tuple[Share, ...]


def shares(title: str, panels: Sequence[Panel]) -> str:
    """A picture of panels, one below the other."""
    blocks = [bars(panel.title, [Bar(one.label, float(one.count), one.told) for one in panel.shares], _WIDTHS, measure=panel.measure, least=_LEAST) for panel in panels]
    desc = "; ".join(f"{panel.title}: " + ", ".join(f"{one.label} {one.told}" for one in panel.shares) for panel in panels)
    return sheet(title, blocks, desc=desc)
