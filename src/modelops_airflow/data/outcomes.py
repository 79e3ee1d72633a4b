"""Outcomes: how predictions and scores relate to the truth, of all rows or of some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DataError
from .columns import Columns, parts
from .few import many_numbers
from .profile import NUMERIC, Outcomes
from .ranks import Calibration, scored
from .regression import regression
from .values import MANY_VALUES, UNKNOWN, kind_of, labels, sort_key


def outcomes(table: Columns, roles: Mapping[str, str], like: Outcomes | None = None) -> Outcomes | None:
    """Outcomes of a scored table; None without truth or prediction.

    The task is binary for two labels, multiclass for up to 20 (or for texts), else regression.

    Args:
        like: outcomes of the whole that these rows are some of, whose task and positive label are kept.

    Raises:
        DataError: the score is no number or does not fit into memory, or there are too many labels to tell apart.
    """
    names = {role: name for name, role in roles.items() if name in table.column_names}
    target, prediction = names.get("target"), names.get("prediction")
    if target is None or prediction is None:
        return None
    amounts = _amounts(table, target, prediction) if like is None else like.task == "regression"
    if amounts:
        return regression(table, target, prediction)
    return _classification(table, target, prediction, names.get("score"), like)


def _amounts(table: Columns, target: str, prediction: str) -> bool:
    kinds = {kind_of(table.schema.field(name)) for name in (target, prediction)}
    return kinds == {NUMERIC} and many_numbers(table, target)


def _classification(table: Columns, target: str, prediction: str, score: str | None, like: Outcomes | None) -> Outcomes:
    cells = _confusion(table, target, prediction)
    confusion = tuple((truth, guess, count) for (truth, guess), count in cells if UNKNOWN not in (truth, guess))
    unanswered = sum(count for (truth, guess), count in cells if guess == UNKNOWN != truth)
    n = sum(count for _, _, count in confusion)
    task, named, positive = task_of(confusion, like)
    facts: dict[str, float] = {}
    calibration: Calibration = ()
    if score is not None and task == "binary":
        known = sum(count for (truth, _), count in cells if truth != UNKNOWN)
        facts, calibration = scored(table, target, score, positive, known)
    return Outcomes(task, n, named, positive, confusion, facts, calibration, unanswered)


def task_of(confusion: Sequence[tuple[str, str, int]], like: Outcomes | None = None) -> tuple[str, tuple[str, ...], str]:
    """Task, labels, and the positive one of two.

    The task is the truth's alone: a stray prediction is wrong, it does not make two classes three.
    """
    truths = tuple(sorted({truth for truth, _, _ in confusion}, key=sort_key))
    everything = tuple(sorted({name for pair in confusion for name in pair[:2]}, key=sort_key))
    if like is not None:
        return like.task, like.labels if like.task == "binary" else everything, like.positive
    task = "binary" if len(truths) <= 2 and everything else "multiclass"
    named = truths if len(truths) == 2 else everything
    return task, named, named[-1] if task == "binary" else ""


def _confusion(table: Columns, target: str, prediction: str) -> list[tuple[tuple[str, str], int]]:
    """Rows by label of truth and of prediction, in the order of labels."""
    import numpy as np

    cells: dict[tuple[str, str], int] = {}
    seen: dict[str, set[str]] = {"target": set(), "prediction": set()}
    for part in parts(table, list(dict.fromkeys([target, prediction]))):
        (truths, truth), (guesses, guess) = labels(part[target]), labels(part[prediction])
        for (side, known), names in zip(seen.items(), (truths, guesses), strict=True):
            known.update(names)
            if len(known) > MANY_VALUES:
                raise DataError(f"the {side} has more than {MANY_VALUES} different labels; expected at most that many")
        size = len(guesses)
        counts = np.bincount(truth * size + guess, minlength=len(truths) * size)
        for cell in np.flatnonzero(counts).tolist():
            key = truths[cell // size], guesses[cell % size]
            cells[key] = cells.get(key, 0) + int(counts[cell])
    return sorted(cells.items(), key=lambda one: [sort_key(label) for label in one[0]])
