"""Scores counted in the baseline's bins, by prediction and by truth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .gather import whole_columns
from .moments import BLOCK
from .profile import Profile
from .score_counts import ScoreBin, ScoreBins
from .values import UNKNOWN, Coded, numbers

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_WIDTH = 70
"""Bytes a row: score, prediction and truth, which of them are usable, and the places of scores among the edges."""


def score_bins(table: Columns, roles: Mapping[str, str], baseline: Profile | None) -> ScoreBins:
    """The scores of a table in bins, or why they are not counted.

    Args:
        baseline: whose score column has the edges and whose labels say which one is positive.

    Raises:
        DataError: the columns do not fit into memory.
    """
    names = {role: name for name, role in roles.items() if name in table.column_names}
    if baseline is None or baseline.outcomes is None or baseline.outcomes.task != "binary" or not baseline.outcomes.n:
        return ScoreBins(reason="the baseline has no rows with a prediction and one of two labels")
    if "score" not in names or "prediction" not in names or names["score"] not in baseline.columns:
        return ScoreBins(reason="the data has no score or no prediction")
    edges = _edges(baseline, names["score"])
    if not edges:
        return ScoreBins(reason="the baseline has no finite score")
    asked = dict.fromkeys(names[role] for role in ("score", "prediction", "target") if role in names)
    rows = whole_columns(table, asked, _WIDTH, f"counting the scores in column {names['score']!r}")
    coded, positive = Coded(rows), baseline.outcomes.positive
    try:
        scores = numbers(rows[names["score"]])
    except DataError as error:
        return ScoreBins(reason=f"the score cannot be read: {error}")
    guess, answered = _is(coded, names["prediction"], positive)
    truth, labelled = _is(coded, names["target"], positive) if "target" in names else (guess & False, guess & False)
    usable = _finite(scores) & answered
    silent = len(scores) - int(usable.sum())
    return ScoreBins(edges, _counted(scores, edges, usable, guess, truth, labelled), silent, positive)


def _edges(baseline: Profile, name: str) -> tuple[float, ...]:
    """The stored quantiles; of few different scores each is an edge."""
    column = baseline.columns[name]
    return tuple(sorted({*column.edges, *(float(value) for value in column.values or ())})) if column.edges else ()


def _is(coded: Coded, name: str, positive: str) -> tuple[Numbers, Numbers]:
    """Which rows have the positive label, and which have any."""
    import numpy as np

    labels, codes = coded[name]
    return np.array([one == positive for one in labels], dtype=bool)[codes], np.array([one != UNKNOWN for one in labels], dtype=bool)[codes]


def _finite(scores: Numbers) -> Numbers:
    import numpy as np

    return np.asarray(np.isfinite(scores))


def _counted(
    scores: Numbers, edges: Sequence[float], usable: Numbers, guess: Numbers, truth: Numbers, labelled: Numbers
) -> tuple[ScoreBin, ...]:
    import numpy as np

    place, size = np.searchsorted(np.array(edges[1:]), scores, side="right"), len(edges)

    def rows(mask: Numbers) -> list[int]:
        return [int(n) for n in np.bincount(place[mask], minlength=size)]

    def sums(mask: Numbers) -> list[float]:
        where, value = place[mask], scores[mask]
        parts = [np.bincount(where[start : start + BLOCK], value[start : start + BLOCK], size) for start in range(0, len(value), BLOCK)]
        return [math.fsum(cell) for cell in zip(*parts, strict=True)] if parts else [0.0] * size

    yes, no = usable & guess, usable & ~guess
    cells = zip(rows(yes), sums(yes), rows(no), sums(no), rows(usable & labelled), rows(usable & labelled & truth), strict=True)
    return tuple(ScoreBin(*cell) for cell in cells)
