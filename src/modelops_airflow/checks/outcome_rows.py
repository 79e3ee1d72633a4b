"""The rows of performance from the outcomes of some rows: all of them, or a slice."""

from __future__ import annotations

import math

from ..data.profile import Outcomes
from ..measurement import Metric

LABELS = ("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "mcc")
RANKS = ("auc", "gini", "ks", "pr_auc")
PROBABILITIES = ("logloss", "brier", "ece")
NUMBERS = ("rmse", "mae", "r2", "mape")

METRICS = (*RANKS, *LABELS, *PROBABILITIES, *NUMBERS)
SCORED = frozenset((*RANKS, *PROBABILITIES))
"""Those that need scores."""

_ONE_LABEL = "the truth has one label only"


def outcome_rows(outcomes: Outcomes) -> list[Metric]:
    """Every measure that the task has; there must be a row with truth and prediction."""
    return _regression(outcomes) if outcomes.task == "regression" else _classification(outcomes)


def _regression(outcomes: Outcomes) -> list[Metric]:
    n, facts = outcomes.n, outcomes.facts
    r2 = 1 - facts["squared"] / facts["variation"] if facts["variation"] else None
    return [
        Metric("rmse", (facts["squared"] / n) ** 0.5, n=n),
        Metric("mae", facts["absolute"] / n, n=n),
        Metric("r2", r2, n=n, reason=None if r2 is not None else "the truth does not vary"),
        Metric("mape", facts["relative"] / n, n=n),
    ]


def _classification(outcomes: Outcomes) -> list[Metric]:
    n = outcomes.n
    right = sum(count for truth, guess, count in outcomes.confusion if truth == guess)
    rows = [Metric("accuracy", right / n, n=n)]
    names = (outcomes.positive,) if outcomes.positive else outcomes.labels
    per_label = [_label(outcomes, name) for name in names]
    for index, metric in enumerate(("precision", "recall", "f1")):
        values = [values[index] for values in per_label]
        # Without a prediction of a label precision is 0, as scikit-learn's zero_division has it.
        rows.append(Metric(metric, sum(values) / len(values), n=n))
    rows += [_balanced(outcomes), Metric("mcc", _correlation(outcomes), n=n)]
    return [*rows, _specificity(outcomes), *_scores(outcomes)] if outcomes.task == "binary" else rows


def _label(outcomes: Outcomes, name: str) -> tuple[float, float, float]:
    hit = sum(count for truth, guess, count in outcomes.confusion if truth == guess == name)
    guessed = sum(count for _, guess, count in outcomes.confusion if guess == name)
    there = sum(count for truth, _, count in outcomes.confusion if truth == name)
    precision = hit / guessed if guessed else 0.0
    recall = hit / there if there else 0.0
    return precision, recall, 2 * hit / (guessed + there) if guessed + there else 0.0


def _balanced(outcomes: Outcomes) -> Metric:
    """Mean recall of the labels that there are; of one alone it would be that label's recall under a finer name."""
    truths = {truth for truth, _, _ in outcomes.confusion}
    if len(truths) < 2:
        return Metric("balanced_accuracy", None, n=outcomes.n, reason=_ONE_LABEL)
    return Metric("balanced_accuracy", math.fsum(_label(outcomes, name)[1] for name in truths) / len(truths), n=outcomes.n)


def _specificity(outcomes: Outcomes) -> Metric:
    """Recall of everything that is not positive."""
    others = [(guess, count) for truth, guess, count in outcomes.confusion if truth != outcomes.positive]
    whole = sum(count for _, count in others)
    if not whole:
        return Metric("specificity", None, n=outcomes.n, reason="every known label is the positive one")
    return Metric("specificity", sum(count for guess, count in others if guess != outcomes.positive) / whole, n=outcomes.n)


def _correlation(outcomes: Outcomes) -> float:
    """Matthews' coefficient of any number of labels (Gorodkin 2004); 0 where truth or prediction is constant, as scikit-learn has it."""
    truths: dict[str, int] = {}
    guesses: dict[str, int] = {}
    right = 0
    for truth, guess, count in outcomes.confusion:
        truths[truth] = truths.get(truth, 0) + count
        guesses[guess] = guesses.get(guess, 0) + count
        right += count if truth == guess else 0
    n = outcomes.n
    together = right * n - sum(count * guesses.get(name, 0) for name, count in truths.items())
    spread = (n * n - sum(count * count for count in truths.values())) * (n * n - sum(count * count for count in guesses.values()))
    return together / math.sqrt(spread) if spread else 0.0


def _scores(outcomes: Outcomes) -> list[Metric]:
    facts = outcomes.facts
    n = int(facts.get("scored", 0))
    why = "there are no scores" if not n else "the scores' labels are all the same"
    if facts.get("unscored"):
        why = f"{facts['unscored']:.0f} rows have a label and no finite score"
    elif n and "merged" in facts:
        why = "ranks of scores cannot be merged from partitions"
    auc, precise = facts.get("auc"), facts.get("average_precision")
    rows = [
        Metric("auc", auc, n=n, reason=None if auc is not None else why),
        Metric("gini", None if auc is None else 2 * auc - 1, n=n, reason=None if auc is not None else why),
        Metric("ks", facts.get("ks"), n=n, reason=None if auc is not None else why),
        Metric("pr_auc", precise, n=n, reason=None if precise is not None else why if auc is None else "the profile is of an earlier release"),
    ]
    if "log_likelihood" not in facts:
        reason = why if auc is None else "scores are no probabilities"
        return rows + [Metric(name, None, n=n, reason=reason) for name in PROBABILITIES]
    error = sum(abs(total - positives) for count, total, positives in outcomes.calibration if count)
    return [
        *rows,
        Metric("logloss", facts["log_likelihood"] / n, n=n),
        Metric("brier", facts["squared"] / n, n=n),
        Metric("ece", error / n, n=n),
    ]
