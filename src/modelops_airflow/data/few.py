"""Counting numbers by value, as long as there are few different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .columns import Columns, chunks
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

        if len(self._known):
            place = np.minimum(np.searchsorted(self._known, part), len(self._known) - 1)
            known = self._known[place] == part
            self._counts += np.bincount(place[known], minlength=len(self._known))
            part = part[~known]
        if not len(part):
            return
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
    import numpy as np

    few, n = Few(), 0
    for chunk in chunks(table, name):
        values = numbers(chunk)
        values = values[np.isfinite(values)]
        few.add(values)
        n += len(values)
        if few.many:
            return False
    return n > 0


def many_numbers(table: Columns, name: str) -> bool:
    """Whether a column has more different finite numbers than are counted one by one."""
    import numpy as np

    few = Few()
    for chunk in chunks(table, name):
        values = numbers(chunk)
        few.add(values[np.isfinite(values)])
        if few.many:
            return True
    return False
