"""Conditions of a decision table on one column: intervals of numbers, and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Interval:
    """Numbers from low to high; an end is closed or open."""

    low: float
    high: float
    low_closed: bool
    high_closed: bool

    @property
    def parts(self) -> tuple[Interval, ...]:
        """Itself, as one of several."""
        return (self,)

    def mask(self, values: np.ndarray[Any, Any]) -> Any:
        """Which values lie inside; NaN never does."""
        above = values >= self.low if self.low_closed else values > self.low
        below = values <= self.high if self.high_closed else values < self.high
        return above & below

    def holds(self, value: float) -> bool:
        """Whether one value lies inside."""
        above = value >= self.low if self.low_closed else value > self.low
        return above and (value <= self.high if self.high_closed else value < self.high)

    def __str__(self) -> str:
        return f"{'[' if self.low_closed else '('}{_exact(self.low)}, {_exact(self.high)}{']' if self.high_closed else ')'}"


def _exact(number: float) -> str:
    """A number with all its digits, whole numbers without a fraction."""
    return repr(number).removesuffix(".0")


@dataclass(frozen=True)
class Several:
    """Numbers of any of several intervals."""

    parts: tuple[Interval, ...]

    def mask(self, values: np.ndarray[Any, Any]) -> Any:
        """Which values lie in one of them; NaN never does."""
        import numpy as np

        return np.logical_or.reduce([part.mask(values) for part in self.parts])

    def holds(self, value: float) -> bool:
        """Whether one value lies in one of them."""
        return any(part.holds(value) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


@dataclass(frozen=True)
class OneOf:
    """Texts.

    Attributes:
        truth: they are `true` and `false`, of a column of booleans.
    """

    values: frozenset[str]
    truth: bool = False

    def mask(self, values: np.ndarray[Any, Any]) -> Any:
        """Which values are among the texts."""
        import numpy as np

        return np.isin(values.astype(object), sorted(self.values))

    def __str__(self) -> str:
        return str(sorted(self.values))


@dataclass(frozen=True)
class NoneOf:
    """Every text but some."""

    values: frozenset[str] = frozenset()

    def mask(self, values: np.ndarray[Any, Any]) -> Any:
        """Which values are texts, and none of those."""
        import numpy as np

        texts = np.fromiter((isinstance(one, str) for one in values), dtype=bool, count=len(values))
        return texts & ~np.isin(values.astype(object), sorted(self.values))

    def __str__(self) -> str:
        return f"any text but {sorted(self.values)}" if self.values else "any text"


Condition = Interval | Several | OneOf | NoneOf
