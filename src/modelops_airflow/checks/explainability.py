"""Explainability: which features do a model's answers rest on, and is that the same on the baseline's data?

Permutation importance, which needs nothing of a model but answers, so it is the same number for every kind. It says
what the model uses, not what causes the outcome; of two features that say the same, both look less important.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .answers import Answers, Model, answers_of, ask, demand_same_form, demand_usable, model_of, outcomes_of
from .check import CheckContext, check
from .quality import QUALITY, fits, main_quality
from .ranks import rank_correlation
from .sample import Sample, sample

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("importance", "importance_std", "importance_rank_correlation", "drivers_in_top_share")
CHANGE = "change"
_SEEDS = 2**31
"""How many seeds scikit-learn draws from."""


@check("explainability", version=1, metrics=METRICS)
def explainability(
    profiles: Profiles,
    *,
    measure: str = "auto",
    repeats: int = 5,
    drivers: Sequence[str] | None = None,
    rows: int = 1000,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Permutation importance of every feature, and whether its ranking is that of the baseline.

    Args:
        measure: what falls when a feature is shuffled; one of auto, auc, accuracy, r2, change. auto is auc for two labels
            with scores, accuracy for other labels, r2 for amounts. `change` needs no truth: the mean absolute change of
            the score or the amount, of labels the share that changes.
        repeats: shuffles of each feature (2 to 100).
        drivers: features that are expected to matter most.
        rows: at most so many rows of each side, drawn without replacement (10 to 1,000,000).
        seed: of the draw and the shuffles (0 to 4,294,967,295).

    Returns:
        For each feature the mean and standard deviation (over shuffles, n in the denominator) of the fall;
        `importance_rank_correlation`, Spearman's, between both sides: 1 is the same ranking; and with `drivers` the
        share of them that are among as many most important features.

    Raises:
        CheckError: no model or an answer that cannot be used, no truth where the measure needs it, a measure that does
            not fit the task, fewer than two features, an unknown driver, or a number out of range.

    Source: Breiman 2001; the shuffles and numbers are those of scikit-learn's `permutation_importance` with the same
        seed on the same rows.
    """
    drawn = sample(profiles, context, rows, seed)
    drawn.demand_times(repeats, "repeats")
    names = drawn.columns(None)
    if len(names) < 2:
        raise CheckError(f"the model sees one feature, {names[0]!r}; importance compares at least two")
    expected = drawn.columns(drivers) if drivers is not None else []
    model = model_of(context, "explainability")
    study = _Study.of(model, drawn, measure, "current data")
    falls = study.falls(repeats, seed)
    n = drawn.table.num_rows
    found = [row for name, fall in zip(names, falls, strict=True) for row in (
        Metric("importance", float(fall.mean()), {"column": name}, n=n), Metric("importance_std", float(fall.std()), {"column": name}, n=n))]
    means = falls.mean(axis=1)
    found.append(_stability(profiles, context, model, names, means, study.measure, rows=rows, repeats=repeats, seed=seed))
    if expected:
        if len(expected) >= len(names):
            raise CheckError(f"{len(expected)} of {len(names)} features are named as drivers; expected fewer: that all of them are among all says nothing")
        found.append(_drivers(expected, names, means))
    return Measurement.of("explainability", found, notes=(f"measure: {study.measure}", drawn.told("current data", seed)))


def _stability(
    profiles: Profiles, context: CheckContext, model: Model, names: Sequence[str], means: Floats, measure: str, *,
    rows: int, repeats: int, seed: int,
) -> Metric:
    """Rank correlation with the importance on the baseline's rows."""
    metric, n = "importance_rank_correlation", len(names)
    if context.baseline is None:
        return Metric(metric, None, n=n, reason="there is no baseline to compare with")
    old = sample(profiles, context, rows, seed, side="baseline")
    old.demand_times(repeats, "repeats")
    if set(old.features.column_names) != set(names):
        raise CheckError(f"the baseline has other features: {', '.join(sorted(set(old.features.column_names) ^ set(names)))}")
    try:
        before = _Study.of(model, old, measure, "baseline").falls(repeats, seed).mean(axis=1)
    except CheckError as error:
        return Metric(metric, None, n=n, reason=str(error))
    by_name = dict(zip(old.features.column_names, before, strict=True))
    value = rank_correlation(means, _array([by_name[name] for name in names]))
    return Metric(metric, value, n=n, reference="baseline", reason=None if value is not None else "no feature is more important than another")


def _drivers(expected: Sequence[str], names: Sequence[str], means: Floats) -> Metric:
    by_name = dict(zip(names, means, strict=True))
    # Of equal importance the feature that was not expected counts first: a tie is no proof, and no importance is none.
    first = sorted(names, key=lambda name: (-by_name[name], name in expected))[: len(expected)]
    ranked = [name for name in first if by_name[name] > 0]
    absent = [name for name in expected if name not in ranked]
    reason = f"not among the {len(expected)} most important ({', '.join(ranked)}): {', '.join(absent)}" if absent else None
    return Metric("drivers_in_top_share", 1 - len(absent) / len(expected), n=len(expected), reason=reason)


def _array(values: Sequence[float]) -> Floats:
    import numpy as np

    return np.array(values, dtype=np.float64)


@dataclass(frozen=True)
class _Study:
    """A sample with the model's answers to it, and what is measured of them."""

    model: Model
    drawn: Sample
    answers: Answers
    measure: str
    side: str

    @classmethod
    def of(cls, model: Model, drawn: Sample, measure: str, side: str) -> _Study:
        """Ask about the rows as they are.

        Raises:
            CheckError: the answers cannot be used, or the measure has no value for them.
        """
        answers = ask(model, drawn.features)
        demand_usable(answers, side)
        if measure == CHANGE:
            return cls(model, drawn, answers, measure, side)
        if drawn.truth is None:
            raise CheckError(f"importance needs the truth, and the {side} has no labels; set measure: {CHANGE}")
        found = outcomes_of(drawn.truth, answers)
        chosen = main_quality(found, scored=answers.scored) if measure == "auto" else measure
        if not fits(chosen, found):
            raise CheckError(f"measure is {chosen!r} but the labels are those of {found.task}")
        study = cls(model, drawn, answers, chosen, side)
        study.quality(answers)
        return study

    def quality(self, answers: Answers) -> float:
        """How good answers to the sample are; for `change` how little they differ from those as it is."""
        if self.drawn.truth is None or self.measure == CHANGE:
            return -self._changed(answers)
        value = QUALITY[self.measure](outcomes_of(self.drawn.truth, answers))
        if value is None:
            raise CheckError(f"{self.measure} of the {self.side} is not known: its labels do not vary, or there are no scores")
        return value

    def _changed(self, answers: Answers) -> float:
        import numpy as np

        if self.answers.numbers is None or answers.numbers is None:
            return float(np.mean(answers.labels != self.answers.labels))
        return float(np.mean(np.abs(answers.numbers - self.answers.numbers)))

    def falls(self, repeats: int, seed: int) -> Floats:
        """By feature and shuffle: how much worse answers become. Shuffles are drawn as scikit-learn draws them."""
        import numpy as np

        draw = int(np.random.RandomState(seed).randint(_SEEDS))
        kept = self.quality(self.answers)
        return np.array([[kept - value for value in self._shuffled(name, repeats, draw)] for name in self.drawn.features.column_names])

    def _shuffled(self, name: str, repeats: int, draw: int) -> list[float]:
        import numpy as np
        import pyarrow as pa

        n = self.drawn.features.num_rows
        generator, places = np.random.RandomState(draw), np.arange(n)
        column, columns = np.arange(n), []
        for _ in range(repeats):
            generator.shuffle(places)
            column = column[places]  # each shuffle is of the shuffled column
            columns.append(column)
        stacked = pa.concat_tables([self.drawn.features] * repeats)
        moved = self.drawn.features[name].take(pa.array(np.concatenate(columns), pa.int64()))
        answers = ask(self.model, stacked.set_column(stacked.column_names.index(name), name, moved))
        demand_same_form(self.answers, answers)
        demand_usable(answers, f"{self.side} with {name} shuffled")
        return [self.quality(answers_of(answers.table.slice(turn * n, n), n)) for turn in range(repeats)]
