"""Counting numbers on stored edges, exact at every edge, without sorting them.

A number is first looked up in a table of equally wide cells. Both lookups of numbers and of edges round alike and
rounding keeps the order, so only edges in a number's own cell need comparing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_CELLS = 4096
_OUTER = 0.02
"""Share of the edges at each end that the table leaves out, so that a long tail does not make its cells wide."""


class Bins:
    """Rows by bin: one bin before the first edge, `[a, b)` between two, the last one closed, one behind the last edge.

    A single edge has three bins: below, equal, above.
    """

    def __init__(self, edges: Sequence[float]) -> None:
        import numpy as np

        inner = list(edges if len(edges) < 2 else edges[:-1])
        self._edges = np.array([*inner, math.nextafter(edges[-1], math.inf)]) if edges else np.array([])
        self._counts = np.zeros(len(self._edges) + 1, dtype=np.int64)
        self._table()

    def _table(self) -> None:
        """Cells that hold no edge know their bin, those with one know the edge; -1 marks those with more."""
        import numpy as np

        left_out = int(len(self._edges) * _OUTER)
        middle = self._edges[left_out : len(self._edges) - left_out]
        self._low, self._scale = 0.0, 0.0
        if len(middle) < 2:
            return
        width = float(middle[-1]) - float(middle[0])
        if not (0 < width < math.inf and _CELLS / width < math.inf):
            return
        # One cell before and one behind, where what lies outside is clipped to.
        self._low, self._scale = float(middle[0]) - width / _CELLS, _CELLS / width
        of_edge = self._cell(self._edges)
        cells = np.arange(_CELLS + 3)
        self._base = np.searchsorted(of_edge, cells, side="left")
        held = np.bincount(of_edge, minlength=len(cells))[: len(cells)]
        self._edge = np.full(len(cells), np.inf)
        self._edge[of_edge] = self._edges
        self._base[held > 1] = -1
        self._crowded = bool(held.max() > 1)

    def _cell(self, values: Numbers) -> Numbers:
        import numpy as np

        with np.errstate(over="ignore"):
            cell = values - self._low
            cell *= self._scale
        return cell.clip(0, _CELLS + 2, out=cell).astype(np.intp)

    def add(self, values: Numbers) -> None:
        """Count finite numbers (float64)."""
        import numpy as np

        if self._scale:
            cell = self._cell(values)
            place: Numbers = self._base.take(cell, mode="wrap")  # which no cell does, and it is the quickest
            unsure = np.flatnonzero(place < 0) if self._crowded else ()
            place += values >= self._edge.take(cell, mode="wrap")
            if len(unsure):
                place[unsure] = np.searchsorted(self._edges, values[unsure], side="right")
        else:
            place = np.searchsorted(self._edges, values, side="right")
        self._counts += np.bincount(place, minlength=len(self._counts))

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows by bin; empty without edges."""
        return tuple(self._counts.tolist()) if len(self._edges) else ()
