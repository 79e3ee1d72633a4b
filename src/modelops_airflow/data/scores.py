"""What scores say of the truth, in exact sums: ranks, likelihood, squared error, calibration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .moments import BLOCK
from .values import exact_sum

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

CALIBRATION_BINS = 10

Calibration = tuple[tuple[int, float, int], ...]


def scored(score: Numbers, hit: Numbers) -> tuple[dict[str, float], Calibration]:
    """Area under the ROC curve (Mann-Whitney with half ties), average precision, KS, and of probabilities the rest.

    Args:
        score: finite numbers.
        hit: where the truth is the positive label.
    """
    import numpy as np

    n, positives = len(score), int(hit.sum())
    facts: dict[str, float] = {"scored": float(n), "positives": float(positives)}
    if not n or positives in (0, n):
        return facts, ()
    good, bad = _by_score(score, hit)
    below = np.cumsum(bad) - bad
    twice = int((good * (2 * below + bad)).sum())
    facts["auc"] = twice / (2 * positives * (n - positives))
    facts["ks"] = float(np.abs(np.cumsum(good) / positives - np.cumsum(bad) / (n - positives)).max())
    facts["average_precision"] = _average_precision(good, bad)
    if score.min() >= 0 and score.max() <= 1:
        tiny = np.finfo(score.dtype).eps
        sure = np.clip(np.where(hit, score, 1 - score), tiny, 1 - tiny)
        facts["log_likelihood"] = exact_sum(-np.log(sure))
        error = score - hit
        facts["squared"] = exact_sum(error * error)
        return facts, _calibration(score, hit)
    return facts, ()


def _average_precision(good: Numbers, bad: Numbers) -> float:
    """Mean over the positives of the precision at their score; those of one score are taken together."""
    import numpy as np

    found, taken = np.cumsum(good[::-1]), np.cumsum((good + bad)[::-1])
    return exact_sum(good[::-1] * (found / taken)) / int(found[-1])


def _by_score(score: Numbers, hit: Numbers) -> tuple[Numbers, Numbers]:
    """Positives and others at each different score, ascending."""
    import numpy as np

    if score.min() < 0:
        order = np.argsort(score)
        ordered, hits = score[order], hit[order]
    else:  # bits of floats that are not negative sort as the floats do, and leave one free for the truth
        packed = (score + 0.0).view(np.uint64) << np.uint64(1) | hit
        packed.sort()
        ordered, hits = packed >> np.uint64(1), packed & np.uint64(1)
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    positives = np.cumsum(hits, dtype=np.int64)[last]
    return np.diff(positives, prepend=0), np.diff(last + 1 - positives, prepend=0)


def _calibration(score: Numbers, hit: Numbers) -> Calibration:
    import numpy as np

    bins = np.minimum((score * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    rows, positives = np.bincount(bins, minlength=CALIBRATION_BINS), np.bincount(bins[hit], minlength=CALIBRATION_BINS)
    sums = [np.bincount(bins[start : start + BLOCK], score[start : start + BLOCK], CALIBRATION_BINS) for start in range(0, len(score), BLOCK)]
    return tuple((int(n), math.fsum(cell), int(p)) for n, cell, p in zip(rows, zip(*sums, strict=True), positives, strict=True))
