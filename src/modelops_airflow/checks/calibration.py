"""Calibration: what share of positives a score stands for, learned from the baseline's labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..data.score_counts import ScoreBin

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_GROUPS = 10


def isotonic(positives: Numbers, rows: Numbers) -> Numbers:
    """The rising shares of positives that fit bins best by least squares; bins without rows take those before them.

    Source: pool adjacent violators (Ayer et al. 1955), as scikit-learn's IsotonicRegression.
    """
    import numpy as np

    blocks: list[list[float]] = []  # share, rows, bins
    for hit, n in zip(positives.tolist(), rows.tolist(), strict=True):
        if not n:
            if blocks:
                blocks[-1][2] += 1
            else:
                blocks.append([0.0, 0.0, 1])
            continue
        blocks.append([hit / n, n, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            share, weight, width = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + share * weight) / (before[1] + weight)
            before[1], before[2] = before[1] + weight, before[2] + width
    if len(blocks) > 1 and not blocks[0][1]:
        blocks[0][0] = blocks[1][0]
    return np.repeat([share for share, _, _ in blocks], [int(width) for _, _, width in blocks])


def tenths(bins: Sequence[ScoreBin]) -> list[tuple[int, int, float]]:
    """Labelled rows, positives and mean score of about ten groups of equal size, by rising score."""
    total = sum(one.labelled for one in bins)
    found: list[tuple[int, int, float]] = []
    rows, positives, expected, done = 0, 0, 0.0, 0
    for one in bins:
        if not one.labelled:
            continue
        rows, positives = rows + one.labelled, positives + one.positives
        expected += one.labelled * (one.yes_sum + one.no_sum) / (one.yes + one.no)
        if done + rows >= total * (len(found) + 1) / _GROUPS:
            found.append((rows, positives, expected / rows))
            done, rows, positives, expected = done + rows, 0, 0, 0.0
    return found
