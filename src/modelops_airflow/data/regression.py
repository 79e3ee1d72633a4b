"""Sums of errors where the truth is a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .columns import Columns, parts
from .profile import Outcomes
from .values import BLOCK_OF_SUMS, block_sum, numbers

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]


def regression(table: Columns, target: str, prediction: str) -> Outcomes:
    """Sums over the rows with truth and prediction, in two passes: the spread of the truth is about its mean."""
    import numpy as np

    unanswered = n = 0
    sums = []
    for truth, guess in _rows(table, target, prediction):
        unanswered += int((np.isfinite(truth) & ~np.isfinite(guess)).sum())
    for truth, _ in _both(table, target, prediction):
        n += len(truth)
        sums.append(block_sum(truth))
    if not n:
        return Outcomes("regression", 0, unanswered=unanswered)
    mean = math.fsum(sums) / n
    found: dict[str, list[float]] = {"squared": [], "absolute": [], "variation": [], "relative": []}
    for truth, guess in _both(table, target, prediction):
        error, deviation = truth - guess, truth - mean
        found["squared"].append(block_sum(error * error))
        found["absolute"].append(block_sum(np.abs(error)))
        found["variation"].append(block_sum(deviation * deviation))
        found["relative"].append(block_sum(np.abs(error) / np.maximum(np.abs(truth), np.finfo(np.float64).eps)))
    return Outcomes("regression", n, facts={name: math.fsum(one) for name, one in found.items()} | {"mean": mean}, unanswered=unanswered)


def _rows(table: Columns, target: str, prediction: str) -> Iterator[tuple[Numbers, Numbers]]:
    for part in parts(table, list(dict.fromkeys([target, prediction]))):
        yield numbers(part[target]), numbers(part[prediction])


def _both(table: Columns, target: str, prediction: str) -> Iterator[tuple[Numbers, Numbers]]:
    """Rows that have both, in blocks of fixed size however the parts are cut."""
    import numpy as np

    def finite() -> Iterator[tuple[Numbers, Numbers]]:
        for truth, guess in _rows(table, target, prediction):
            both = np.isfinite(truth) & np.isfinite(guess)
            yield truth[both], guess[both]

    return _even(finite())


def _even(pieces: Iterable[tuple[Numbers, Numbers]]) -> Iterator[tuple[Numbers, Numbers]]:
    import numpy as np

    one, other = np.array([]), np.array([])
    for first, second in pieces:
        one, other = np.concatenate([one, first]), np.concatenate([other, second])
        whole = len(one) // BLOCK_OF_SUMS * BLOCK_OF_SUMS
        for start in range(0, whole, BLOCK_OF_SUMS):
            yield one[start : start + BLOCK_OF_SUMS], other[start : start + BLOCK_OF_SUMS]
        one, other = one[whole:], other[whole:]
    if len(one):
        yield one, other
