"""How scores relate to a truth of two labels: ranks, likelihood, calibration. All scores are held at once, and nothing else is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns, parts
from .gather import INSTEAD, WIDTH
from .moments import BLOCK
from .room import needs
from .values import BLOCK_OF_SUMS, UNKNOWN, NoNumbers, block_sum, labels, numbers

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

CALIBRATION_BINS = 10

Calibration = tuple[tuple[int, float, int], ...]


def scored(table: Columns, target: str, score: str, positive: str, known: int) -> tuple[dict[str, float], Calibration]:
    """Area under the ROC curve (Mann-Whitney with half ties), average precision, KS, and of probabilities the rest.

    Args:
        known: rows with a known truth.

    Raises:
        DataError: the score is no number, or scores and truths do not fit into memory.
    """
    scores, hit, unscored = _gathered(table, target, score, positive, known)
    if unscored:  # a rank over the rows that happen to have a score would flatter the model
        return {"unscored": float(unscored)}, ()
    n, positives = len(scores), int(hit.sum())
    facts: dict[str, float] = {"scored": float(n), "positives": float(positives)}
    if not n or positives in (0, n):
        return facts, ()
    sure: dict[str, float] = {}
    calibration: Calibration = ()
    low, high = scores.min(), scores.max()
    if low >= 0 and high <= 1:
        sure, calibration = _likelihood(scores, hit), _calibration(scores, hit)
    return facts | _ranks(scores, hit, positives) | sure, calibration


def _gathered(table: Columns, target: str, score: str, positive: str, known: int) -> tuple[Numbers, Numbers, int]:
    """Score and hit of each row with a known truth, and how many of these have no finite score."""
    import numpy as np

    needs((WIDTH + 1) * known, f"ranking the scores in column {score!r} ({known:,} rows)", INSTEAD)
    scores, hit, place, unscored = np.empty(known), np.empty(known, dtype=bool), 0, 0
    for part in parts(table, list(dict.fromkeys([target, score]))):
        try:
            values = numbers(part[score])
        except NoNumbers as error:
            raise DataError(f"the score cannot be read: {error}") from None
        names, codes = labels(part[target])
        if UNKNOWN in names:
            kept = codes != names.index(UNKNOWN)
            values, codes = values[kept], codes[kept]
        unscored += len(values) - int(np.isfinite(values).sum())
        scores[place : place + len(values)] = values
        hit[place : place + len(values)] = codes == names.index(positive) if positive in names else False
        place += len(values)
    return scores, hit, unscored


def _likelihood(scores: Numbers, hit: Numbers) -> dict[str, float]:
    import numpy as np

    tiny = np.finfo(scores.dtype).eps
    likelihood, squared = [], []
    for start in range(0, len(scores), BLOCK_OF_SUMS):
        score, good = scores[start : start + BLOCK_OF_SUMS], hit[start : start + BLOCK_OF_SUMS]
        likelihood.append(block_sum(-np.log(np.clip(np.where(good, score, 1 - score), tiny, 1 - tiny))))
        error = score - good
        squared.append(block_sum(error * error))
    return {"log_likelihood": math.fsum(likelihood), "squared": math.fsum(squared)}


def _ranks(scores: Numbers, hit: Numbers, positives: int) -> dict[str, float]:
    """Area, KS and average precision; the scores are overwritten.

    The last is the mean over the positives of the precision at their score, those of one score taken together.
    """
    import numpy as np

    others, twice, gap, good_below, bad_below = len(scores) - positives, 0, 0.0, 0, 0
    precise = []
    for good_to, bad_to in _by_score(scores, hit):
        good, bad = np.diff(good_to, prepend=good_below), np.diff(bad_to, prepend=bad_below)
        twice += int((good * (2 * bad_to - bad)).sum())  # those below, and half of the ties
        gap = max(gap, float(np.abs(good_to / positives - bad_to / others).max()))
        found = positives - good_to + good
        precise.append(block_sum(good * (found / (found + others - bad_to + bad))))
        good_below, bad_below = int(good_to[-1]), int(bad_to[-1])
    return {"auc": twice / (2 * positives * others), "ks": gap, "average_precision": math.fsum(precise) / positives}


def _by_score(scores: Numbers, hit: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Positives and others up to each different score, ascending, some scores at a time."""
    import numpy as np

    good = before = 0
    for packed in _sorted(scores, hit):
        for start in range(0, len(packed), BLOCK_OF_SUMS):
            block = packed[start : start + BLOCK_OF_SUMS + 1]  # with the next, to see where a score ends
            size, ordered = min(len(block), BLOCK_OF_SUMS), block >> np.uint64(1)
            last = np.flatnonzero(ordered[1:] != ordered[:-1])
            if len(block) == size:
                last = np.append(last, size - 1)
            ones = np.cumsum(block[:size] & np.uint64(1), dtype=np.int64)
            if len(last):
                good_to = good + ones[last]
                yield good_to, before + start + last + 1 - good_to
            good += int(ones[-1])
        before += len(packed)


def _sorted(scores: Numbers, hit: Numbers) -> Iterator[Numbers]:
    """Scores by size with the truth in the last bit: the negative ones, then the others; the scores are overwritten.

    Bits of floats that are not negative sort as the floats do, and shifted they leave one free for the truth.
    """
    negative = scores < 0
    if negative.any():
        needs(WIDTH * len(scores), f"ranking {len(scores):,} scores, some of them negative,", INSTEAD)
        yield _packed(-scores[negative], hit[negative])[::-1]
        scores, hit = scores[~negative], hit[~negative]
    yield _packed(scores, hit)


def _packed(scores: Numbers, hit: Numbers) -> Numbers:
    import numpy as np

    scores += 0.0  # of zero there is one
    packed = scores.view(np.uint64)
    packed <<= np.uint64(1)
    packed |= hit
    packed.sort()
    return packed


def _calibration(score: Numbers, hit: Numbers) -> Calibration:
    import numpy as np

    rows, positives = np.zeros(CALIBRATION_BINS, dtype=np.int64), np.zeros(CALIBRATION_BINS, dtype=np.int64)
    sums = []
    for start in range(0, len(score), BLOCK):
        some, good = score[start : start + BLOCK], hit[start : start + BLOCK]
        bins = np.minimum((some * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
        counts = np.bincount(bins + CALIBRATION_BINS * good, minlength=2 * CALIBRATION_BINS)
        positives += counts[CALIBRATION_BINS:]
        rows += counts[:CALIBRATION_BINS] + counts[CALIBRATION_BINS:]
        sums.append(np.bincount(bins, some, CALIBRATION_BINS))
    return tuple((int(n), math.fsum(cell), int(p)) for n, cell, p in zip(rows, zip(*sums, strict=True), positives, strict=True))
