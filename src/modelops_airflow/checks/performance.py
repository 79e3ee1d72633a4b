"""Performance: how well do predictions meet the truth?

Positive is the label that sorts last (1 of 0 and 1), as scikit-learn has it, whatever is
favourable to the person.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import Outcomes, Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from . import outcome_rows
from .change import CHANGES, baseline_rows, change_rows
from .check import check
from .slice_rows import demand_coverage, mature_share, slice_notes, slice_rows
from .vintage_rows import VINTAGE, vintage_rows

METRICS = ("labelled_share", "mature_share", *outcome_rows.METRICS, *CHANGES)


@check("performance", version=1, metrics=METRICS)
def performance(
    profiles: Profiles, *, task: str = "auto", scores: bool = True, by: Sequence[str] = (), by_vintage: str | None = None, min_slice_size: int = 30, min_coverage: float = 0.9,
) -> Measurement:
    """Accuracy, ranking and calibration of predictions against known labels, and their change against the baseline.

    Args:
        task: what is predicted; one of auto, binary, multiclass, regression. Anything but auto is an
            error where the data shows another task.
        scores: whether the model gives scores; false for one that gives labels alone, of which nothing is then measured that needs scores.
            Without it a model of two labels that gives no scores lacks what its life cycle requires of them.
        by: columns whose labels the same is measured for; `protected` means those named in the model file. Numbers
            may have 20 different values, texts 200. A requirement applies to every slice that is judged.
        by_vintage: period of the time column that the same is measured for, of which `where` has the name `vintage`; one of day, week, month, quarter, year.
            Where labels arrive late, a vintage that is not mature is listed and not judged. Changes are against the whole baseline.
        min_slice_size: smaller slices are listed, never judged (rows, 10 or more).
        min_coverage: share of rows, of those with a known label of the column, that must be in slices large enough to judge
            (0 to 1); at least one slice of every column in any case.

    Raises:
        CheckError: no row has both truth and prediction, they have no label in common, the task is another one,
            a column cannot be sliced by, too few rows are in large slices, or no row is mature.

    Source: scikit-learn's definitions (roc_auc_score, average_precision_score, matthews_corrcoef,
        balanced_accuracy_score, log_loss, brier_score_loss, f1_score with macro average for several classes);
        expected calibration error of Naeini et al. 2015, ten bins.
    """
    outcomes, maturity = profiles.current.outcomes, profiles.current.maturity
    if outcomes is None:
        return Measurement.not_applicable("performance", "the data has no labels or no predictions")
    if maturity is not None and not maturity.mature:
        raise CheckError(f"no row is mature: {maturity.notes()[0]}; look at more of the past, or run it later")
    _usable(outcomes, task)
    rows = outcome_rows.outcome_rows(outcomes)
    labelled = Metric("labelled_share", outcomes.n / profiles.current.due, n=profiles.current.due)
    if profiles.baseline is not None:
        rows += change_rows(rows, baseline_rows(profiles.baseline.outcomes, outcomes))
    rows += [labelled, *([mature_share(maturity.mature, maturity.rows, {})] if maturity is not None else ())]
    notes = [f"task: {outcomes.task}", *_positive(outcomes), *_unlabelled(labelled), *(maturity.notes() if maturity is not None else ())]
    if "protected" in by and not profiles.protected:
        raise CheckError("by asks for the protected columns and the model file names none; add data.columns.protected")
    columns = list(dict.fromkeys(name for one in by for name in (profiles.protected if one == "protected" else (one,))))
    for column in columns:
        demand_coverage(profiles, column, min_slice_size, min_coverage)
        rows += slice_rows(profiles, column, min_slice_size)
        notes += slice_notes(profiles, column, min_slice_size)
    if by_vintage is not None:
        if VINTAGE in columns:
            raise CheckError(f"by names a column {VINTAGE!r}, as rows of by_vintage are named; measure one of both in a step of its own")
        found, told = vintage_rows(profiles, by_vintage, min_slice_size, min_coverage)
        rows, notes = [*rows, *found], [*notes, *told]
    if not scores:
        if "score" in profiles.roles.values():
            raise CheckError("scores is false, and there is a column of scores; take the option out of the step")
        rows, notes = [row for row in rows if row.name.removesuffix("_change") not in outcome_rows.SCORED], [*notes, "the model gives no scores"]
    return Measurement.of("performance", rows, notes=notes)


def _usable(outcomes: Outcomes, task: str) -> None:
    """Refuse what would measure something else than was asked."""
    if task not in ("auto", outcomes.task):
        raise CheckError(f"task is {task!r} but the labels are those of {outcomes.task}")
    if outcomes.unanswered:
        raise CheckError(f"{outcomes.unanswered} rows have a label and no usable prediction")
    if outcomes.n == 0:
        raise CheckError("no row has both a label and a prediction")
    if strange := outcomes.strangers():
        raise CheckError(strange)


def _unlabelled(labelled: Metric) -> tuple[str, ...]:
    """Whoever takes labels away where the model is wrong makes it look right, so it is said."""
    return (f"{labelled.value:.1%} of {labelled.n} rows have a known label; nothing is known of the others",) if labelled.value != 1.0 else ()


def _positive(outcomes: Outcomes) -> tuple[str, ...]:
    return (f"positive label: {outcomes.positive}",) if outcomes.positive else ()
