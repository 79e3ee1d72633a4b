"""The budget of false alarms, divided among columns and runs, and the threshold that keeps a column's part of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import CheckError
from .alarm_cells import Cells
from .alarm_level import Sizes, alarm_rate, rare_limit, threshold

_HIGHEST_RATE = 0.1


@dataclass(frozen=True)
class Budget:
    """What a monitor accepts of one column.

    Attributes:
        rate: false alarms of the column in one run.
        times, of_last: an alarm takes so many runs of so many.
        at_least: distances below it matter to nobody.
    """

    rate: float
    times: int = 1
    of_last: int = 1
    at_least: float = 0.0

    @classmethod
    def of(cls, budget: float, runs: int, columns: int, *, times: int, of_last: int, at_least: float) -> Budget:
        """The part of one of so many columns (Bonferroni: it holds however they depend on each other).

        Raises:
            CheckError: the budget is more than this test can tell.
        """
        rate = budget / (runs * columns)
        if rate > _HIGHEST_RATE:
            raise CheckError(f"budget is {budget:g} false alarms a month for {columns} columns in {runs} runs, more than one of ten; "
                             f"expected at most {_HIGHEST_RATE * runs * columns:g}")
        return cls(rate, times, of_last, at_least)

    def sizes(self, cells: Cells) -> Sizes:
        """What the null distribution of a column depends on."""
        return Sizes(cells.freedom, sum(cells.baseline), sum(cells.current), self.times, self.of_last)

    def limit(self, cells: Cells) -> float | None:
        """The distance from which on the column is over its threshold; None where no distance is more than chance."""
        if cells.freedom:
            return max(threshold(self.sizes(cells), self.rate), self.at_least)
        rows = sum(cells.current)
        least = rare_limit(sum(cells.baseline), rows, cells.rest[0], self.rate)
        return None if least > rows else max(cells.with_rest(least), self.at_least)

    def spent(self, cells: Cells, limit: float) -> float:
        """False alarms of the column in one run, at most."""
        if not cells.freedom or limit > self.at_least:
            return self.rate
        sizes = self.sizes(cells)
        return min(self.rate, alarm_rate(sizes, limit / sizes.scale, 0.0))
