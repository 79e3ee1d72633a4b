"""Robustness: what do a model's answers do when its data is worse than it should be?

Asks the model: a seeded sample as it is, and again with one column at a time perturbed. That the model refuses
such rows is a fact that is measured here, and an error everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from ..measurement import Measurement, Metric
from .answers import (
    Answers,
    Model,
    answers_of,
    ask,
    demand_same_form,
    demand_usable,
    is_amount,
    model_of_any_row,
    outcomes_of,
    told,
)
from .check import CheckContext, check
from .perturbation import PERTURBATIONS, Strength, changed, perturbed
from .quality import QUALITY, main_quality
from .sample import Sample, sample

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

METRICS = ("prediction_change_share", "score_change_mean", "auc_drop", "accuracy_drop", "r2_drop", "model_errors")


@check("robustness", version=1, metrics=METRICS)
def robustness(
    profiles: Profiles,
    *,
    perturbations: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    noise: float = 0.1,
    reach: float = 1.0,
    rows: int = 1000,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Changes of answers and of performance when one column at a time is missing, extreme, noisy, shuffled or new.

    Args:
        perturbations: which; of missing (no value in any row), extreme (beyond the observed range), noise (Gaussian),
            shuffle (values of other rows), unseen (a label that no row has). Columns that one has no meaning for, such
            as texts for noise, are left out; each that is named must change some column. Without it all that can.
        columns: only these features; each is perturbed alone.
        noise: standard deviation of the noise, in standard deviations of the column in the baseline, else in the current
            data (0.001 to 100). Whole numbers stay whole.
        reach: how far extreme values lie outside the range of the column in the baseline, else in the current data, in widths
            of it (0.001 to 100).
        rows: at most so many rows of the current data, drawn without replacement (10 to 1,000,000).
        seed: of the draws (0 or more).

    Returns:
        Rows by perturbation and column. Changes are over the rows whose value really changed (`n`), drops over all rows
        of the sample. `model_errors` counts rows without a usable answer: none, not finite, or all where the model
        raised; they count as changed. Perturbation `none` is the same rows asked twice, listed and never judged.

    Raises:
        CheckError: no model, it cannot answer the rows as they are, an unknown perturbation or column, one that changes
            no column, or a number out of range.

    Source: SR 11-7 (2011), section IV, asks for a model's behaviour over a range of inputs, also outside of what is
        ordinary; the drops are differences of `performance`'s numbers.
    """
    asked = tuple(PERTURBATIONS) if perturbations is None else tuple(dict.fromkeys(perturbations))
    _demand(asked)
    drawn = sample(profiles, context, rows, seed)
    names = drawn.columns(columns)
    trial = _Trial.of(profiles, context, drawn)
    # A control that measures no perturbation: judged, it would pass alone.
    found = [replace(row, judged=False) for row in trial.rows({"perturbation": "none"}, drawn.features, trial.everything)]
    idle: list[str] = []
    for name in asked:
        rows_of = [row for column in names for row in trial.perturb(name, column, Strength(noise, reach), seed)]
        found += rows_of
        idle += [] if any(row.judged for row in rows_of) else [name]
    if idle and (perturbations is not None or len(idle) == len(asked)):
        raise CheckError(f"{_unchanged(idle)}: nothing was measured; name columns that it changes, raise noise or reach, or leave it out of perturbations")
    notes = [drawn.told("current data", seed), *filter(None, [trial.why]), *(_unchanged([name]) for name in idle)]
    return Measurement.of("robustness", found, notes=notes)


def _unchanged(idle: Iterable[str]) -> str:
    return f"{', '.join(idle)}: no column has {LEAST_ROWS} values that change"


def _demand(perturbations: Sequence[str]) -> None:
    for name in perturbations:
        if name not in PERTURBATIONS:
            raise CheckError(f"there is no perturbation {name!r}; expected some of {', '.join(PERTURBATIONS)}")
    if not perturbations:
        raise CheckError(f"no perturbation is named; expected some of {', '.join(PERTURBATIONS)}")


@dataclass(frozen=True)
class _Trial:
    """The sample with the model's answers to it as it is.

    Attributes:
        kept: quality of these answers by name; empty without truth.
        why: why it is empty.
        amount: predictions are amounts, of which every one changes a little.
    """

    profiles: Profiles
    model: Model
    drawn: Sample
    answers: Answers
    kept: dict[str, float]
    why: str
    amount: bool

    @classmethod
    def of(cls, profiles: Profiles, context: CheckContext, drawn: Sample) -> _Trial:
        """Ask about the rows as they are; a model that cannot answer these has no robustness to measure."""
        model = model_of_any_row(context, "robustness")
        answers = ask(model, drawn.features)
        demand_usable(answers, "data as it is")
        try:
            kept, why = _qualities(drawn, answers), ""
        except CheckError as error:
            kept, why = {}, f"nothing is told of performance: {error}"
        return cls(profiles, model, drawn, answers, kept, why, is_amount(answers, profiles))

    @property
    def everything(self) -> np.ndarray[Any, Any]:
        """All rows."""
        import numpy as np

        return np.ones(len(self.answers.labels), dtype=bool)

    def perturb(self, name: str, column: str, strength: Strength, seed: int) -> Iterator[Metric]:
        """Rows of one perturbation of one column; none where it has no meaning for it."""
        values = self.drawn.features[column]
        after = perturbed(name, column, values, _known(self.profiles, column), strength, seed)
        if after is None:
            return
        moved = changed(values, after)
        place = self.drawn.features.column_names.index(column)
        yield from self.rows({"perturbation": name, "column": column}, self.drawn.features.set_column(place, column, after), moved)

    def rows(self, where: dict[str, str], features: pa.Table, moved: np.ndarray[Any, Any]) -> Iterator[Metric]:
        """What the model says of other features, beside what it said before."""
        n = int(moved.sum())
        names = [*([] if self.amount else ["prediction_change_share"]), *(["score_change_mean"] if self.answers.numbers is not None else [])]
        names += [f"{name}_drop" for name in self.kept]
        if n < LEAST_ROWS:
            reason = f"{n} of {len(moved)} values changed: nothing to measure"
            yield from (Metric(name, None, where, n=n, judged=False, reason=reason) for name in [*names, "model_errors"])
            return
        try:
            answers = answers_of(self.model(features), len(moved))
            demand_same_form(self.answers, answers)
        except Exception as error:  # the model may raise what it likes, and that it does is what is measured
            reason = f"the model raised: {told(error)}"
            yield from (Metric(name, None, where, n=n, reason=reason) for name in names)
            yield Metric("model_errors", float(n), where, n=n, reason=reason)
            return
        yield from self._changes(where, answers, moved, n)
        yield from self._drops(where, answers)

    def _changes(self, where: dict[str, str], answers: Answers, moved: np.ndarray[Any, Any], n: int) -> Iterator[Metric]:
        import numpy as np

        silent = int((moved & ~answers.usable).sum())
        why = f"{silent} rows have no usable answer" if silent else None
        if not self.amount:
            other = (answers.labels != self.answers.labels) | ~answers.usable
            yield Metric("prediction_change_share", float(np.mean(other[moved])), where, n=n)
        if self.answers.numbers is not None and answers.numbers is not None:
            away = np.abs(answers.numbers - self.answers.numbers)[moved]
            yield Metric("score_change_mean", None if silent else float(np.mean(away)), where, n=n, reason=why)
        yield Metric("model_errors", float(silent), where, n=n, reason=why)

    def _drops(self, where: dict[str, str], answers: Answers) -> Iterator[Metric]:
        n = len(answers.labels)
        silent = int((~answers.usable).sum())
        reason = f"{silent} rows have no usable answer" if silent else "it is not known for the perturbed rows"
        try:
            found = {} if silent or not self.kept else _qualities(self.drawn, answers)
        except CheckError as error:
            found, reason = {}, str(error)
        for name, value in self.kept.items():
            now = found.get(name)
            yield Metric(f"{name}_drop", None if now is None else value - now, where, n=n,
                         reason=None if now is not None else reason)


def _qualities(drawn: Sample, answers: Answers) -> dict[str, float]:
    """Area under the curve and accuracy of labels, r2 of amounts, as far as they are known.

    Raises:
        CheckError: there is no truth, or none that answers can be compared with.
    """
    if drawn.truth is None:
        raise CheckError("the data has no labels")
    found = outcomes_of(drawn.truth, answers, drawn.outcomes)
    names = dict.fromkeys([main_quality(found, scored=answers.scored), *([] if found.task == "regression" else ["accuracy"])])
    return {name: value for name in names if (value := QUALITY[name](found)) is not None}


def _known(profiles: Profiles, column: str) -> Any:
    """What the baseline says of a column, or the current data where there is no baseline or no value in it."""
    old = profiles.baseline.columns.get(column) if profiles.baseline is not None else None
    return old if old is not None and old.valid and old.kind == profiles.current.columns[column].kind else profiles.current.columns[column]
