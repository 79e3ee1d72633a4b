"""Quality: one number for how well answers meet the truth, of the same definitions as `performance`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..data.profile import Outcomes


def _auc(found: Outcomes) -> float | None:
    return found.facts.get("auc")


def _accuracy(found: Outcomes) -> float | None:
    return sum(count for truth, guess, count in found.confusion if truth == guess) / found.n


def _r2(found: Outcomes) -> float | None:
    return 1 - found.facts["squared"] / found.facts["variation"] if found.facts.get("variation") else None


QUALITY: Mapping[str, Callable[[Outcomes], float | None]] = {"auc": _auc, "accuracy": _accuracy, "r2": _r2}
"""Name -> value; None where it is not known. Higher is better for each."""


def main_quality(found: Outcomes, *, scored: bool) -> str:
    """What a task is judged by: auc with scores of two labels, accuracy of labels, r2 of amounts."""
    if found.task == "regression":
        return "r2"
    return "auc" if found.task == "binary" and scored else "accuracy"


def fits(name: str, found: Outcomes) -> bool:
    """Whether a quality has a meaning for the task."""
    return (name == "r2") == (found.task == "regression")
