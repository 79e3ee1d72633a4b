"""Performance: how well do predictions meet the truth?

Positive is the label that sorts last (1 of 0 and 1), as scikit-learn has it, whatever is
favourable to the person.
"""

from __future__ import annotations

from ..data.profile import Outcomes, Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import check

METRICS = (
    "labelled_share",
    "auc", "gini", "ks", "accuracy", "precision", "recall", "f1", "logloss", "brier", "ece",
    "rmse", "mae", "r2", "mape",
)


@check("performance", version=1, metrics=METRICS)
def performance(profiles: Profiles, *, task: str = "auto") -> Measurement:
    """Accuracy, ranking and calibration of predictions against known labels.

    Args:
        task: what is predicted; one of auto, binary, multiclass, regression. Anything but auto is an
            error where the data shows another task.

    Raises:
        CheckError: no row has both truth and prediction, they have no label in common, or the task is another one.

    Source: scikit-learn's definitions (roc_auc_score, log_loss, brier_score_loss, f1_score with macro
        average for several classes); expected calibration error of Naeini et al. 2015, ten bins.
    """
    outcomes = profiles.current.outcomes
    if outcomes is None:
        return Measurement.not_applicable("performance", "the data has no labels or no predictions")
    if task not in ("auto", outcomes.task):
        raise CheckError(f"task is {task!r} but the labels are those of {outcomes.task}")
    if outcomes.unanswered:
        raise CheckError(f"{outcomes.unanswered} rows have a label and no usable prediction")
    if outcomes.n == 0:
        raise CheckError("no row has both a label and a prediction")
    if strange := outcomes.strangers():
        raise CheckError(strange)
    rows = _regression(outcomes) if outcomes.task == "regression" else _classification(outcomes)
    labelled = Metric("labelled_share", outcomes.n / profiles.current.rows, n=profiles.current.rows)
    return Measurement.of("performance", [*rows, labelled], notes=(f"task: {outcomes.task}", *_positive(outcomes), *_unlabelled(labelled)))


def _unlabelled(labelled: Metric) -> tuple[str, ...]:
    """Whoever takes labels away where the model is wrong makes it look right, so it is said."""
    return (f"{labelled.value:.1%} of {labelled.n} rows have a known label; nothing is known of the others",) if labelled.value != 1.0 else ()


def _positive(outcomes: Outcomes) -> tuple[str, ...]:
    return (f"positive label: {outcomes.positive}",) if outcomes.positive else ()


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
    return rows + _scores(outcomes) if outcomes.task == "binary" else rows


def _label(outcomes: Outcomes, name: str) -> tuple[float, float, float]:
    hit = sum(count for truth, guess, count in outcomes.confusion if truth == guess == name)
    guessed = sum(count for _, guess, count in outcomes.confusion if guess == name)
    there = sum(count for truth, _, count in outcomes.confusion if truth == name)
    precision = hit / guessed if guessed else 0.0
    recall = hit / there if there else 0.0
    return precision, recall, 2 * hit / (guessed + there) if guessed + there else 0.0


def _scores(outcomes: Outcomes) -> list[Metric]:
    facts = outcomes.facts
    n = int(facts.get("scored", 0))
    why = "there are no scores" if not n else "the scores' labels are all the same"
    if facts.get("unscored"):
        why = f"{facts['unscored']:.0f} rows have a label and no finite score"
    elif n and "merged" in facts:
        why = "ranks of scores cannot be merged from partitions"
    auc = facts.get("auc")
    rows = [
        Metric("auc", auc, n=n, reason=None if auc is not None else why),
        Metric("gini", None if auc is None else 2 * auc - 1, n=n, reason=None if auc is not None else why),
        Metric("ks", facts.get("ks"), n=n, reason=None if auc is not None else why),
    ]
    if "log_likelihood" not in facts:
        reason = why if auc is None else "scores are no probabilities"
        return rows + [Metric(name, None, n=n, reason=reason) for name in ("logloss", "brier", "ece")]
    error = sum(abs(total - positives) for count, total, positives in outcomes.calibration if count)
    return [
        *rows,
        Metric("logloss", facts["log_likelihood"] / n, n=n),
        Metric("brier", facts["squared"] / n, n=n),
        Metric("ece", error / n, n=n),
    ]
