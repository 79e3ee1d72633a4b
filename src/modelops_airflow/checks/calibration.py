"""Calibration: what share of positives a score stands for, learned from the baseline's labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Fit:
    """How well scores are probabilities on the baseline (Hosmer and Lemeshow 1980, about ten groups of equal size).

    Attributes:
        statistic: sum over groups of the squared distance of positives and sum of scores, over its variance.
        p: chance of one as large for scores that are probabilities; as many degrees of freedom as groups, since the
            scores were not fitted here.
    """

    statistic: float
    groups: int
    p: float


def fit_of(bins: Sequence[ScoreBin]) -> Fit:
    """How well the scores of some bins agree with their labels."""
    from scipy import special  # type: ignore[import-untyped,unused-ignore]

    statistic, groups = 0.0, _tenths(bins)
    for rows, positives, expected in groups:
        distance, variance = positives - expected, expected * (1 - expected / rows)
        if distance and variance <= 0:
            return Fit(float("inf"), len(groups), 0.0)
        statistic += distance * distance / variance if distance else 0.0
    return Fit(statistic, len(groups), float(special.gammaincc(len(groups) / 2, statistic / 2)))


def _tenths(bins: Sequence[ScoreBin]) -> list[tuple[int, int, float]]:
    """Labelled rows, positives and sum of scores of groups of about equal size."""
    total = sum(one.labelled for one in bins)
    found: list[tuple[int, int, float]] = []
    rows, positives, expected, done = 0, 0, 0.0, 0
    for one in bins:
        if not one.labelled:
            continue
        rows, positives = rows + one.labelled, positives + one.positives
        expected += one.labelled * (one.yes_sum + one.no_sum) / (one.yes + one.no)
        if done + rows >= total * (len(found) + 1) / _GROUPS:
            found.append((rows, positives, expected))
            done, rows, positives, expected = done + rows, 0, 0, 0.0
    return found
