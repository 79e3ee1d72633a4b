"""Outcomes: how predictions and scores relate to the truth, in exact sums."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .moments import BLOCK
from .profile import NUMERIC, Outcomes
from .values import FEW_VALUES, MANY_VALUES, UNKNOWN, Coded, exact_sum, kind_of, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Labels = tuple[list[str], np.ndarray[Any, Any]]

CALIBRATION_BINS = 10


def outcomes(coded: Coded, roles: Mapping[str, str]) -> Outcomes | None:
    """Outcomes of a scored table; None without truth or prediction.

    The task is binary for two labels, multiclass for up to 20 (or for texts), else regression.

    Raises:
        DataError: the score is no number, or there are too many labels to tell apart.
    """
    names = {role: name for name, role in roles.items()}
    target, prediction = names.get("target"), names.get("prediction")
    if target is None or prediction is None or target not in coded or prediction not in coded:
        return None
    table = coded.table
    truth, guess = table[target], table[prediction]
    if kind_of(truth) == NUMERIC and kind_of(guess) == NUMERIC and _many(truth):
        return _regression(numbers(truth), numbers(guess))
    score = table[names["score"]] if names.get("score") in table.column_names else None
    return _classification(coded[target], coded[prediction], score)


def _many(column: pa.ChunkedArray[Any]) -> bool:
    import pyarrow.compute as pc

    return int(pc.count_distinct(column, mode="only_valid").as_py()) > FEW_VALUES


def _regression(truth: np.ndarray[Any, Any], guess: np.ndarray[Any, Any]) -> Outcomes:
    import numpy as np

    both = np.isfinite(truth) & np.isfinite(guess)
    y, p = truth[both], guess[both]
    n = len(y)
    unanswered = int((np.isfinite(truth) & ~np.isfinite(guess)).sum())
    if not n:
        return Outcomes("regression", 0, unanswered=unanswered)
    error = y - p
    mean = exact_sum(y) / n
    deviation = y - mean
    relative = np.abs(error) / np.maximum(np.abs(y), np.finfo(np.float64).eps)
    return Outcomes("regression", n, facts={
        "squared": exact_sum(error * error), "absolute": exact_sum(np.abs(error)),
        "variation": exact_sum(deviation * deviation), "relative": exact_sum(relative), "mean": mean,
    }, unanswered=unanswered)


def _classification(truth: Labels, guess: Labels, score: pa.ChunkedArray[Any] | None) -> Outcomes:
    import numpy as np

    (truth_names, truth_codes), (guess_names, guess_codes) = truth, guess
    size = len(guess_names)
    for side, names in (("target", truth_names), ("prediction", guess_names)):
        if len(names) > MANY_VALUES:
            raise DataError(f"the {side} has {len(names)} different labels; expected at most {MANY_VALUES}")
    counts = np.bincount(truth_codes * size + guess_codes, minlength=len(truth_names) * size)
    cells = [(truth_names[cell // size], guess_names[cell % size], int(counts[cell])) for cell in np.flatnonzero(counts)]
    confusion = tuple(cell for cell in cells if UNKNOWN not in cell[:2])
    unanswered = sum(count for name, other, count in cells if other == UNKNOWN != name)
    n = sum(count for _, _, count in confusion)
    task, named, positive = task_of(confusion)
    facts: dict[str, float] = {}
    calibration: tuple[tuple[int, float, int], ...] = ()
    if score is not None and task == "binary":
        try:
            value = numbers(score)
        except DataError as error:
            raise DataError(f"the score cannot be read: {error}") from None
        known = np.array([name != UNKNOWN for name in truth_names])[truth_codes]
        hit = np.array([name == positive for name in truth_names])[truth_codes]
        unscored = int((known & ~np.isfinite(value)).sum())
        # A rank over the rows that happen to have a score would flatter the model.
        facts, calibration = ({"unscored": float(unscored)}, ()) if unscored else _scored(value[known], hit[known])
    return Outcomes(task, n, named, positive, confusion, facts, calibration, unanswered)


def task_of(confusion: Sequence[tuple[str, str, int]]) -> tuple[str, tuple[str, ...], str]:
    """Task, labels, and the positive one of two.

    The task is the truth's alone: a stray prediction is wrong, it does not make two classes three.
    """
    truths = tuple(sorted({truth for truth, _, _ in confusion}, key=sort_key))
    everything = tuple(sorted({name for pair in confusion for name in pair[:2]}, key=sort_key))
    task = "binary" if len(truths) <= 2 and everything else "multiclass"
    named = truths if len(truths) == 2 else everything
    return task, named, named[-1] if task == "binary" else ""


def _scored(score: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[dict[str, float], tuple[tuple[int, float, int], ...]]:
    """Exact area under the curve (Mann-Whitney with half ties), KS, log-likelihood, squared error, calibration."""
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
    if score.min() >= 0 and score.max() <= 1:
        tiny = np.finfo(score.dtype).eps
        sure = np.clip(np.where(hit, score, 1 - score), tiny, 1 - tiny)
        facts["log_likelihood"] = exact_sum(-np.log(sure))
        error = score - hit
        facts["squared"] = exact_sum(error * error)
        return facts, _calibration(score, hit)
    return facts, ()


def _by_score(score: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
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


def _calibration(score: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[tuple[int, float, int], ...]:
    import numpy as np

    bins = np.minimum((score * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    rows, positives = np.bincount(bins, minlength=CALIBRATION_BINS), np.bincount(bins[hit], minlength=CALIBRATION_BINS)
    sums = [np.bincount(bins[start : start + BLOCK], score[start : start + BLOCK], CALIBRATION_BINS) for start in range(0, len(score), BLOCK)]
    return tuple((int(n), math.fsum(cell), int(p)) for n, cell, p in zip(rows, zip(*sums, strict=True), positives, strict=True))
