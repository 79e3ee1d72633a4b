"""Outcomes: how predictions and scores relate to the truth, in exact sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .profile import NUMERIC, Outcomes
from .values import UNKNOWN, exact_sum, kind_of, labels, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_MANY_LABELS = 20
MANY_VALUES = 1000
CALIBRATION_BINS = 10


def outcomes(table: pa.Table, roles: Mapping[str, str]) -> Outcomes | None:
    """Outcomes of a scored table; None without truth or prediction.

    The task is binary for two labels, multiclass for up to 20 (or for texts), else regression.

    Raises:
        DataError: the score is no number, or there are too many labels to tell apart.
    """
    names = {role: name for name, role in roles.items()}
    target, prediction = names.get("target"), names.get("prediction")
    if target not in table.column_names or prediction not in table.column_names:
        return None
    truth, guess = table[target], table[prediction]
    if kind_of(truth) == NUMERIC and kind_of(guess) == NUMERIC and _many(truth):
        return _regression(numbers(truth), numbers(guess))
    score = table[names["score"]] if names.get("score") in table.column_names else None
    return _classification(truth, guess, score)


def _many(column: pa.ChunkedArray[Any]) -> bool:
    import pyarrow.compute as pc

    return int(pc.count_distinct(column, mode="only_valid").as_py()) > _MANY_LABELS


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


def _classification(truth: pa.ChunkedArray[Any], guess: pa.ChunkedArray[Any], score: pa.ChunkedArray[Any] | None) -> Outcomes:
    import numpy as np

    truth_names, truth_codes = labels(truth)
    guess_names, guess_codes = labels(guess)
    size = len(guess_names)
    for side, names in (("target", truth_names), ("prediction", guess_names)):
        if len(names) > MANY_VALUES:
            raise DataError(f"the {side} has {len(names)} different labels; expected at most {MANY_VALUES}")
    there, counts = np.unique(truth_codes * size + guess_codes, return_counts=True)
    cells = [(truth_names[cell // size], guess_names[cell % size], int(count)) for cell, count in zip(there, counts, strict=True)]
    confusion = tuple(cell for cell in cells if UNKNOWN not in cell[:2])
    # The task is the truth's alone: a stray prediction is wrong, it does not make two classes three.
    truths = tuple(sorted({truth for truth, _, _ in confusion}, key=sort_key))
    unanswered = sum(count for name, other, count in cells if other == UNKNOWN != name)
    n = sum(count for _, _, count in confusion)
    everything = tuple(sorted({name for pair in confusion for name in pair[:2]}, key=sort_key))
    task = "binary" if len(truths) <= 2 and everything else "multiclass"
    named = truths if len(truths) == 2 else everything
    positive = named[-1] if task == "binary" else ""
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


def _scored(score: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[dict[str, float], tuple[tuple[int, float, int], ...]]:
    """Exact area under the curve (Mann-Whitney with half ties), KS, log-likelihood, squared error, calibration."""
    import numpy as np

    n, positives = len(score), int(hit.sum())
    facts: dict[str, float] = {"scored": float(n), "positives": float(positives)}
    if not n or positives in (0, n):
        return facts, ()
    values, place = np.unique(score, return_inverse=True)
    good = np.bincount(place[hit], minlength=len(values)).astype(np.int64)
    bad = np.bincount(place[~hit], minlength=len(values)).astype(np.int64)
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


def _calibration(score: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> tuple[tuple[int, float, int], ...]:
    import numpy as np

    bins = np.minimum((score * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    return tuple(
        (int((bins == b).sum()), exact_sum(score[bins == b]), int(hit[bins == b].sum())) for b in range(CALIBRATION_BINS)
    )
