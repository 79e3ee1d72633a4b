"""Counting numbers by value, as long as there are few different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .columns import Columns, chunks
from .moments import BLOCK
from .values import FEW_VALUES, numbers

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_GLANCE = 256


class Few:
    """Rows by number; it gives up where more than `FEW_VALUES` different ones come."""

    def __init__(self) -> None:
        import numpy as np

        self._known, self._counts = np.array([]), np.array([], dtype=np.int64)
        self.many = False

    def add(self, block: Numbers) -> None:
        """Count finite numbers (float64)."""
        for part in (block[:_GLANCE], block[_GLANCE:]):  # most columns show at a glance that they have many
            if len(part) and not self.many:
                self._add(part)

    def _add(self, part: Numbers) -> None:
        import numpy as np

        alike = np.array([np.count_nonzero(part == one) for one in self._known], dtype=np.int64)
        self._counts += alike
        if alike.sum() == len(part):
            return
        part = part[~np.isin(part, self._known)]
        ordered = np.sort(part)
        first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        found, counts = ordered[first], np.diff(first, append=len(ordered))
        both = np.concatenate([self._known, found + 0.0])  # of zero there is one
        order = np.argsort(both)
        self._known, self._counts = both[order], np.concatenate([self._counts, counts])[order]
        self.many = len(self._known) > FEW_VALUES

    @property
    def values(self) -> dict[str, int] | None:
        """Number as text -> rows, ascending; None if there are many."""
        if self.many:
            return None
        return {f"{value:.17g}": count for value, count in zip(self._known.tolist(), self._counts.tolist(), strict=True)}


def few_numbers(table: Columns, name: str) -> bool:
    """Whether a column has finite numbers, and few different ones."""
    few = _counted(table, name)
    return not few.many and few.values != {}


def many_numbers(table: Columns, name: str) -> bool:
    """Whether a column has more different finite numbers than are counted one by one."""
    return _counted(table, name).many


def _counted(table: Columns, name: str) -> Few:
    """The finite numbers of a column, up to where they are many."""
    import numpy as np

    few = Few()
    for chunk in chunks(table, name):
        for start in range(0, len(chunk), BLOCK):
            values = numbers(chunk.slice(start, BLOCK))
            finite = np.isfinite(values)
            few.add(values if finite.all() else values[finite])
            if few.many:
                return few
    return few
