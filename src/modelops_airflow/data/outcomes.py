"""Outcomes: how predictions and scores relate to the truth, of all rows or of some, in exact sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import DataError
from .profile import NUMERIC, Outcomes
from .scores import Calibration, scored
from .values import FEW_VALUES, MANY_VALUES, UNKNOWN, Coded, exact_sum, kind_of, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Labels = tuple[list[str], np.ndarray[Any, Any]]


class Answers(Protocol):
    """Truth and prediction of every row."""

    def outcomes(self, rows: Any = ..., like: Outcomes | None = None) -> Outcomes:
        """Outcomes of some rows (an index of NumPy's); `like` are those of all, whose task and positive label are kept."""
        ...


def outcomes(coded: Coded, roles: Mapping[str, str]) -> Outcomes | None:
    """Outcomes of a scored table; None without truth or prediction.

    The task is binary for two labels, multiclass for up to 20 (or for texts), else regression.

    Raises:
        DataError: the score is no number, or there are too many labels to tell apart.
    """
    answers = answers_of(coded, roles)
    return None if answers is None else answers.outcomes()


def answers_of(coded: Coded, roles: Mapping[str, str]) -> Answers | None:
    """What a scored table answers; None without truth or prediction.

    Raises:
        DataError: there are too many labels to tell apart.
    """
    names = {role: name for name, role in roles.items()}
    target, prediction = names.get("target"), names.get("prediction")
    if target is None or prediction is None or target not in coded or prediction not in coded:
        return None
    table = coded.table
    truth, guess = table[target], table[prediction]
    if kind_of(truth) == NUMERIC and kind_of(guess) == NUMERIC and _many(truth):
        return _Numbers(numbers(truth), numbers(guess))
    score = table[names["score"]] if names.get("score") in table.column_names else None
    answers = _Labels(coded[target], coded[prediction], score)
    for side, (labels, _) in (("target", answers.truth), ("prediction", answers.guess)):
        if len(labels) > MANY_VALUES:
            raise DataError(f"the {side} has {len(labels)} different labels; expected at most {MANY_VALUES}")
    return answers


def _many(column: pa.ChunkedArray[Any]) -> bool:
    import pyarrow.compute as pc

    return int(pc.count_distinct(column, mode="only_valid").as_py()) > FEW_VALUES


@dataclass(frozen=True)
class _Numbers:
    """Answers of a regression."""

    truth: np.ndarray[Any, Any]
    guess: np.ndarray[Any, Any]

    def outcomes(self, rows: Any = slice(None), like: Outcomes | None = None) -> Outcomes:
        import numpy as np

        truth, guess = self.truth[rows], self.guess[rows]
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


@dataclass(frozen=True)
class _Labels:
    """Answers of a classification."""

    truth: Labels
    guess: Labels
    score: pa.ChunkedArray[Any] | None

    def outcomes(self, rows: Any = slice(None), like: Outcomes | None = None) -> Outcomes:
        cells = self._cells(rows)
        confusion = tuple(cell for cell in cells if UNKNOWN not in cell[:2])
        # The task is the truth's alone: a stray prediction is wrong, it does not make two classes three.
        truths = tuple(sorted({truth for truth, _, _ in confusion}, key=sort_key))
        everything = tuple(sorted({name for pair in confusion for name in pair[:2]}, key=sort_key))
        task = "binary" if len(truths) <= 2 and everything else "multiclass"
        named = truths if len(truths) == 2 else everything
        positive = named[-1] if task == "binary" else ""
        if like is not None:
            task, positive, named = like.task, like.positive, like.labels if like.task == "binary" else everything
        facts: dict[str, float] = {}
        calibration: Calibration = ()
        if self.score is not None and task == "binary":
            facts, calibration = self._scored(rows, positive)
        unanswered = sum(count for name, other, count in cells if other == UNKNOWN != name)
        n = sum(count for _, _, count in confusion)
        return Outcomes(task, n, named, positive, confusion, facts, calibration, unanswered)

    def _cells(self, rows: Any) -> list[tuple[str, str, int]]:
        """Truth, prediction and how many rows have them."""
        import numpy as np

        (truths, truth), (guesses, guess) = self.truth, self.guess
        size = len(guesses)
        counts = np.bincount(truth[rows] * size + guess[rows], minlength=len(truths) * size)
        return [(truths[cell // size], guesses[cell % size], int(counts[cell])) for cell in np.flatnonzero(counts)]

    def _scored(self, rows: Any, positive: str) -> tuple[dict[str, float], Calibration]:
        import numpy as np

        names, codes = self.truth
        known = np.array([name != UNKNOWN for name in names])[codes[rows]]
        hit = np.array([name == positive for name in names])[codes[rows]]
        value = self._values[rows]
        unscored = int((known & ~np.isfinite(value)).sum())
        # A rank over the rows that happen to have a score would flatter the model.
        return ({"unscored": float(unscored)}, ()) if unscored else scored(value[known], hit[known])

    @cached_property
    def _values(self) -> np.ndarray[Any, Any]:
        assert self.score is not None  # noqa: S101 - for the type checker; `outcomes` has looked
        try:
            return numbers(self.score)
        except DataError as error:
            raise DataError(f"the score cannot be read: {error}") from None
