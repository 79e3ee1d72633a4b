"""Fairness beside the version in use: what becomes of each group's impact ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.group import Group
from ..data.groups import SEPARATOR
from ..data.values import labels
from ..errors import CheckError
from ..evidence.floor import NOT_SHOWN
from ..measurement import Metric
from .category import Category, categories, demand_coverage, reference_of
from .paired import Interval, as_they_are
from .share import SELECTION

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Numbers = np.ndarray[Any, Any]

RATIO = "impact_ratio_against_champion"
_SIDES = ("the version in use", "this version")


@dataclass(frozen=True)
class Table:
    """The groups of one protected attribute, or of all together, and whom each of two models selects.

    Attributes:
        place: which group each row is of; behind the rows of the data are those made up for intervals, see `paired`.
        more: how many are made up: of each group one that only the first selects, and one that only the second does.
        selected: rows with the favourable prediction, of the version in use and of this one.
        found: the groups as each of the two sees them, in the same order.
        against: place of the group that ratios are against, for each of the two; None where no group can be.
    """

    place: Numbers
    more: int
    selected: tuple[Floats, Floats]
    found: tuple[Sequence[Category], Sequence[Category]]
    against: tuple[int | None, int | None]

    @classmethod
    def of(cls, columns: Sequence[str], rows: pa.Table, selected: tuple[Floats, Floats], least_rows: int) -> Table:
        """The groups of these columns; ratios are against the group that a model selects most."""
        import numpy as np

        names, place = _groups(columns, rows)
        sizes = np.bincount(place, minlength=len(names)).tolist()
        found = []
        for chosen in selected:
            picked = np.bincount(place, chosen, len(names)).astype(np.int64).tolist()
            groups = [Group(name, n, one) for name, n, one in zip(names, sizes, picked, strict=True)]
            found.append(categories(groups, least_rows, 0.0))
        best = [reference_of(SEPARATOR.join(columns), side, None, SELECTION) for side in found]
        before, after = (None if one is None else side.index(one) for one, side in zip(best, found, strict=True))
        made, one = np.repeat(np.arange(len(names)), 2), np.tile([1.0, 0.0], len(names))
        whom = np.concatenate([selected[0], one]), np.concatenate([selected[1], 1 - one])
        return cls(np.concatenate([place, made]), len(made), whom, (found[0], found[1]), (before, after))

    @property
    def judged(self) -> int:
        """How many groups are large enough."""
        return sum(one.judged for one in self.found[0])

    def __call__(self, times: Floats) -> list[float]:
        """The change of each group's ratio, each row counted so many times; NaN where a ratio is not known."""
        before, after = (self._ratios(side, times) for side in (0, 1))
        return [float(one) for one in after - before]

    def _ratios(self, side: int, times: Floats) -> Floats:
        import numpy as np

        size = len(self.found[side])
        n = np.bincount(self.place, times, size)
        rates = np.divide(np.bincount(self.place, times * self.selected[side], size), n, out=np.full(size, np.nan), where=n > 0)
        against = self.against[side]
        best = np.nan if against is None else float(rates[against])
        ratios: Floats = rates / best if best > 0 else np.full(size, np.nan)
        return ratios

    def rows(self, intervals: Sequence[Interval | None]) -> list[Metric]:
        """A row of each group; without a number where it is too small to be shown."""
        changes = self(as_they_are(len(self.place) - self.more, self.more))
        return [self._row(one, change, interval) for one, change, interval in zip(self.found[1], changes, intervals, strict=True)]

    def _row(self, one: Category, change: float, interval: Interval | None) -> Metric:
        where = dict(one.group.where)
        if not one.shown:
            return Metric(RATIO, None, where, judged=False, reason=NOT_SHOWN)
        known = math.isfinite(change)
        return Metric(RATIO, change if known else None, where, n=one.group.n, ci=interval if known else None, judged=one.judged,
                      reference="champion", reason=one.why_not or (None if known else self._unknown()))

    def _unknown(self) -> str:
        nobody = [told for told, side, place in zip(_SIDES, self.found, self.against, strict=True)
                  if place is not None and not side[place].group.selected]
        return f"nobody is selected by {' and '.join(nobody)}" if nobody else "no group is large enough to compare with"


def tables_of(
    protected: Sequence[str], favourable: str, rows: pa.Table, answered: tuple[Numbers, Numbers], least_rows: int, least_coverage: float
) -> list[Table]:
    """The groups of each attribute alone, and of all together where two of these can be judged.

    Args:
        answered: predictions as labels, of the version in use and of this one.

    Raises:
        CheckError: an attribute is not there, or too few of its groups or rows can be judged.
    """
    import numpy as np

    for column in protected:
        if column not in rows.column_names:
            raise CheckError(f"protected column {column!r} is not in the data; columns: {', '.join(rows.column_names)}")
    before, after = ((side == favourable).astype(np.float64) for side in answered)
    found = []
    for column in protected:
        table = Table.of([column], rows, (before, after), least_rows)
        demand_coverage(column, table.found[0], least_coverage)
        found.append(table)
    both = [Table.of(protected, rows, (before, after), least_rows)] if len(protected) > 1 else []
    return [*found, *(one for one in both if one.judged > 1)]


def _groups(columns: Sequence[str], rows: pa.Table) -> tuple[list[dict[str, str]], Numbers]:
    """The groups that there are, and which each row is of."""
    import numpy as np

    found, place = [dict[str, str]()], np.zeros(rows.num_rows, dtype=np.int64)
    for column in columns:
        names, codes = labels(rows[column])
        there, place = np.unique(place * len(names) + codes, return_inverse=True)
        found = [found[cell // len(names)] | {column: names[cell % len(names)]} for cell in there.tolist()]
    return found, place
