"""Numbers of ours beside a library's: how many were compared, and how far apart they are at most."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tolerance:
    """How far apart two numbers may be: either bound is enough.

    Attributes:
        absolute, relative: of the difference; 0 and 0 means equal.
        why: what the library does that keeps the numbers apart; empty for rounding.
    """

    absolute: float = 1e-9
    relative: float = 1e-7
    why: str = ""

    def holds(self, mine: float, theirs: float) -> bool:
        """Whether two finite numbers are close enough."""
        return abs(mine - theirs) <= max(self.absolute, self.relative * abs(theirs))

    def __str__(self) -> str:
        if not self.absolute and not self.relative:
            return "equal"
        words = [f"{self.absolute:g}"] if self.absolute else []
        return " or ".join([*words, f"{self.relative:g} of it"] if self.relative else words)


@dataclass
class Statistic:
    """One statistic of one library, compared over many cases.

    Attributes:
        compared: cases in which both have a number.
        neither: cases in which neither has one: the library raised, or told NaN or infinity.
        ours_alone: cases in which only we have one, where that is meant (`why` of the tolerance).
        largest: largest absolute difference.
        misses: cases that break the tolerance, in words.
    """

    library: str
    name: str
    tolerance: Tolerance
    compared: int = 0
    neither: int = 0
    ours_alone: int = 0
    largest: float = 0.0
    misses: list[str] = field(default_factory=list)

    def add(self, case: str, mine: float | None, theirs: float | None, *, ours_alone: bool = False) -> None:
        """Compare one case; what the library cannot tell is None.

        Args:
            ours_alone: whether we may have a number where the library has none.
        """
        if theirs is not None and not math.isfinite(theirs):
            theirs = None
        if theirs is None and mine is None:
            self.neither += 1
        elif theirs is None and ours_alone:
            self.ours_alone += 1
        elif mine is None or theirs is None:
            self.misses.append(f"{case}: ours {mine}, theirs {theirs}")
        else:
            self.compared += 1
            self.largest = max(self.largest, abs(mine - theirs))
            if not self.tolerance.holds(mine, theirs):
                self.misses.append(f"{case}: ours {mine!r}, theirs {theirs!r}")

    @property
    def met(self) -> bool:
        """Whether every case holds, and there was one."""
        return self.compared > 0 and not self.misses


class Agreement:
    """All statistics, in the order in which they came."""

    def __init__(self) -> None:
        self._statistics: dict[tuple[str, str], Statistic] = {}

    def of(self, library: str, name: str, tolerance: Tolerance) -> Statistic:
        """The statistic, made where it is new."""
        return self._statistics.setdefault((library, name), Statistic(library, name, tolerance))

    def __iter__(self) -> Iterator[Statistic]:
        return iter(self._statistics.values())
