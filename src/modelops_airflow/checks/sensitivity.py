"""Sensitivity: how far does each feature alone move the model's answers, and in the direction it should?

One feature at a time is set to values of the baseline, for every row of a sample, all others left as they are:
partial dependence (Friedman 2001) over individual curves (Goldstein et al. 2015). Combinations that no person has
are asked too, so correlated features are told with care.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.columns import Columns
from ..data.gather import whole_columns
from ..data.profile import Profiles
from ..data.texts import TEXT
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .answers import Answers, Model, ask, demand_same_form, demand_usable, is_amount, model_of_any_row
from .check import CheckContext, check
from .grid import Grid, grid_of
from .profiled_rows import as_profiled
from .sample import Sample, dataset_of, sample

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ..data.dataset import Dataset

METRICS = ("mean_score", "mean_score_range", "selection_rate", "selection_rate_range", "monotonicity_violations")
DIRECTIONS = {"increasing": 1, "decreasing": -1}

_WIDTH = 50
"""Bytes a row: a column, its numbers and their order."""


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse directions that are none."""
    for name, direction in (options["monotone"] or {}).items():
        if direction not in DIRECTIONS:
            raise CheckError(f"monotone has {direction!r} for {name!r}; expected increasing or decreasing")


@check("sensitivity", version=1, metrics=METRICS, together=_demand)
def sensitivity(
    profiles: Profiles,
    *,
    columns: Sequence[str] | None = None,
    points: int = 9,
    monotone: Mapping[str, str] | None = None,
    tolerance: float = 1e-6,
    rows: int = 500,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Mean score and selection rate while one feature at a time moves over the baseline's values.

    Args:
        columns: only these features.
        points: how many values: the quantiles i/(points+1) of a number, the most frequent labels of a word (2 to 99).
        monotone: feature -> `increasing` or `decreasing`: how the score, or the predicted amount, must go with it.
        tolerance: a step the wrong way that is no larger is none (0 or more) in units of the score; for models that
            compute with few digits. An error where no two scores are further apart.
        rows: at most so many rows of the current data, drawn without replacement (10 to 1,000,000).
        seed: of the draw (0 or more).

    Returns:
        `mean_score` and `selection_rate` at every value (`where.at`: the quantile or the label), the range of both for
        each feature, and for those under `monotone` the share of rows whose score goes the wrong way at any step.

    Raises:
        CheckError: no model or an answer that cannot be used, an unknown feature or direction, a direction for what is
            no number, a tolerance that no score can exceed, or a number out of range.

    Source: Friedman 2001, section 8.2, for the mean over rows (scikit-learn's `partial_dependence`, method brute).
    """
    drawn = sample(profiles, context, rows, seed)
    drawn.demand_times(points, "points")
    names = drawn.columns([*dict.fromkeys([*columns, *(monotone or {})])] if columns is not None else None)
    names = _without_texts(names, profiles, asked=columns is not None)
    for name in monotone or {}:
        drawn.columns([name])
    side = "current" if context.baseline is None else "baseline"
    model = model_of_any_row(context, "sensitivity")
    before = ask(model, drawn.features)
    demand_usable(before, "data as it is")
    amount = is_amount(before, profiles)
    if profiles.favourable and not amount:
        _favourable(profiles, before)
    probe = _Probe(model, drawn, before, amount, profiles.favourable, tolerance)
    grids, _ = as_profiled(profiles, dataset_of(context, side), side, lambda one: _grids(one, names, side, points))
    found = [row for name in names for row in probe.rows(name, grids[name], (monotone or {}).get(name))]
    if not found:
        raise CheckError("the model gives labels without scores and no label is favourable; name data.columns.favourable")
    return Measurement.of("sensitivity", found, notes=(drawn.told("current data", seed), f"values: those of the {side} data"))


def _without_texts(names: list[str], profiles: Profiles, *, asked: bool) -> list[str]:
    """Without free texts: one of them is set for everybody and told in the evidence, and it is somebody's own."""
    texts = [name for name in names if profiles.roles.get(name) == TEXT]
    if texts and (asked or len(texts) == len(names)):
        raise CheckError(f"column {texts[0]!r} is a free text, of which no value is for all rows; name other columns")
    return [name for name in names if name not in texts]


def _favourable(profiles: Profiles, before: Answers) -> None:
    """Refuse a misspelt label: nobody ever has it, and nothing would seem to move it."""
    outcomes = profiles.current.outcomes
    known = {*before.labels, *(outcomes.labels if outcomes is not None else ())}
    if profiles.favourable not in known:
        raise CheckError(f"favourable label {profiles.favourable!r} is in no answer or label; found {', '.join(sorted(known)[:10])}")


def _grids(dataset: Dataset, names: Sequence[str], side: str, points: int) -> tuple[dict[str, Grid | None], int]:
    """What each feature is set to, from all rows of a side, and how many these are."""
    values = dataset.columns()
    return {name: grid_of(_column(values, name, side), points) for name in names}, values.num_rows


def _column(values: Columns, name: str, side: str) -> pa.ChunkedArray[Any]:
    if name not in values.column_names:
        raise CheckError(f"the {side} data has no column {name!r}")
    return whole_columns(values, [name], _WIDTH, f"the values of column {name!r}")[name]


@dataclass(frozen=True)
class _Probe:
    """Asks the model about a sample with one column replaced.

    Attributes:
        before: the answers to the sample as it is.
    """

    model: Model
    drawn: Sample
    before: Answers
    amount: bool
    favourable: str
    tolerance: float

    def rows(self, name: str, grid: Grid | None, direction: str | None) -> Iterator[Metric]:
        """Rows of one feature."""
        if direction is not None and (grid is None or not grid.numeric):
            raise CheckError(f"monotone names {name!r}, which is no number with a value")
        if direction is not None and self.before.numbers is None:
            raise CheckError("monotone needs scores or amounts; the model gives labels alone")
        n = len(self.before.labels)
        if grid is None or len(grid.names) < 2:
            reason = "there are fewer than two values to move over"
            # Nothing moves what has one value, but whether a stated direction holds is unknown.
            yield from (Metric(metric, None, {"column": name}, n=n, judged=metric == "monotonicity_violations", reason=reason)
                        for metric in self._metrics(direction))
            return
        answers = ask(self.model, self._moved(name, grid))
        demand_same_form(self.before, answers)
        demand_usable(answers, f"data with {name} moved")
        if self.before.numbers is not None and answers.numbers is not None:
            yield from self._means("mean_score", name, grid, answers.numbers.reshape(len(grid.names), n))
        if self._selects:
            yield from self._means("selection_rate", name, grid, (answers.labels == self.favourable).reshape(len(grid.names), n))
        if direction is not None and answers.numbers is not None:
            yield self._violations(name, grid, answers.numbers.reshape(len(grid.names), n), DIRECTIONS[direction])

    @property
    def _selects(self) -> bool:
        return bool(self.favourable) and not self.amount

    def _metrics(self, direction: str | None) -> list[str]:
        named = {"mean_score_range": self.before.numbers is not None, "selection_rate_range": self._selects,
                 "monotonicity_violations": direction is not None}
        return [name for name, there in named.items() if there]

    def _moved(self, name: str, grid: Grid) -> pa.Table:
        """The sample once for each value, one below the other."""
        import numpy as np
        import pyarrow as pa

        n = self.drawn.features.num_rows
        stacked = pa.concat_tables([self.drawn.features] * len(grid.names))
        column = grid.values.take(pa.array(np.repeat(np.arange(len(grid.names)), n), pa.int64()))
        return stacked.set_column(stacked.column_names.index(name), name, column)

    def _means(self, metric: str, name: str, grid: Grid, curves: np.ndarray[Any, Any]) -> Iterator[Metric]:
        means = [float(value) for value in curves.mean(axis=1)]
        n = curves.shape[1]
        yield from (Metric(metric, mean, {"column": name, "at": at}, n=n) for at, mean in zip(grid.names, means, strict=True))
        low, high = means.index(min(means)), means.index(max(means))
        reason = f"lowest at {grid.names[low]}, highest at {grid.names[high]}"
        yield Metric(f"{metric}_range", means[high] - means[low], {"column": name}, n=n, reason=reason)

    def _violations(self, name: str, grid: Grid, curves: np.ndarray[Any, Any], sign: int) -> Metric:
        """Rows that go the wrong way between any two neighbouring values."""
        import numpy as np

        spread = float(np.ptp(curves))
        if 0 < spread <= self.tolerance:  # one score for everything does keep its direction
            raise CheckError(f"tolerance is {self.tolerance:g} and all scores with {name} moved are within {spread:.3g}: no step could be larger; "
                             f"expected less than {spread:.3g}")
        steps = sign * np.diff(curves, axis=0)
        wrong = steps < -self.tolerance
        place = int(np.argmin(steps.min(axis=1)))
        reason = f"largest step the wrong way {-steps.min():.3g}, between {grid.names[place]} and {grid.names[place + 1]}" if wrong.any() else None
        return Metric("monotonicity_violations", float(wrong.any(axis=0).mean()), {"column": name}, n=curves.shape[1], reason=reason)
