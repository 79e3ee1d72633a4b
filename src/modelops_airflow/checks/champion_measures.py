"""Measures of this version less those of the version in use, with paired intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..data.profile import Outcomes
from ..data.values import UNKNOWN, labels
from ..errors import CheckError
from ..measurement import Metric
from .answers import Answers, outcomes_of
from .mcnemar import mcnemar_p
from .metrics import METRICS as MEANINGS
from .outcome_rows import LABELS, NUMBERS, PROBABILITIES, RANKS, outcome_rows
from .paired import Interval
from .recount import Recount, recount_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]

AGAINST = "against_champion"

NO_INTERVAL = f"ece_{AGAINST}"
"""A resample's calibration error is larger than that of the rows themselves: an interval would miss the true one in three of ten cases."""

_NO_TRUTH = "no row has a known label"


@dataclass(frozen=True)
class Compared:
    """The outcomes of the version in use and of this one over the same rows, and what counts these again.

    Attributes:
        more: rows made up for intervals, see `paired`; none where predictions are amounts, which differ in every row.
    """

    before: Outcomes
    after: Outcomes
    recounts: tuple[Recount, Recount]
    more: int

    @classmethod
    def of(cls, truth: pa.ChunkedArray[Any], before: Answers, after: Answers, like: Outcomes | None) -> Compared:
        """Both models against one truth.

        Args:
            like: outcomes of all rows of the data, whose task and positive label are kept.

        Raises:
            CheckError: labels and predictions are of another form.
        """
        old, new = outcomes_of(truth, before, like), outcomes_of(truth, after, like)
        if (old.task, old.positive) != (new.task, new.positive):
            raise CheckError("the truth of these rows has one label only, and the two versions answer others beside it; take more rows")
        known = [] if new.task == "regression" else [name for name in labels(truth)[0] if name != UNKNOWN]
        sides = [[(name, right) for name in known for right in order] for order in ((True, False), (False, True))]
        recounts = recount_of(truth, before, old, sides[0]), recount_of(truth, after, new, sides[1])
        return cls(old, new, recounts, len(sides[0]))

    def __call__(self, times: Floats) -> list[float]:
        """The change of each measure, each row counted so many times; NaN where it is not known."""
        old, new = (_values(recount(times)) for recount in self.recounts)
        return [new[row.name] - old[row.name] if new and old else math.nan for row in outcome_rows(self.after)]

    def rows(self, intervals: Sequence[Interval | None]) -> list[Metric]:
        """The change of each measure; without a value where one of the two has none."""
        old = {row.name: row for row in outcome_rows(self.before)}
        return [_change(old[row.name], row, interval) for row, interval in zip(outcome_rows(self.after), intervals, strict=True)]


def unlabelled_rows(*, amount: bool) -> list[Metric]:
    """The measures where nothing is known of the truth."""
    names = NUMBERS if amount else (*LABELS, *RANKS, *PROBABILITIES)
    return [Metric(f"{name}_{AGAINST}", None, reason=_NO_TRUTH) for name in names]


def worst_rows(rows: Sequence[Metric]) -> list[Metric]:
    """The worse end of each interval: what a requirement of being no worse looks at."""
    return [_worst(row) for row in rows if row.name != NO_INTERVAL]


def _worst(row: Metric) -> Metric:
    name, place = f"{row.name}_worst", 1 if MEANINGS[row.name].high_is_bad else 0
    if row.value is None or row.ci is None:
        return replace(row, name=name, value=None, ci=None, reason=row.reason or "some resamples have no value: too few rows of a label or group")
    return replace(row, name=name, value=row.ci[place], ci=None)


def _change(old: Metric, new: Metric, interval: Interval | None) -> Metric:
    name = f"{new.name}_{AGAINST}"
    if new.value is None or old.value is None:
        why = new.reason if new.value is None else f"of the version in use: {old.reason}"
        return Metric(name, None, n=new.n, reference="champion", reason=why)
    return Metric(name, new.value - old.value, n=new.n, ci=None if name == NO_INTERVAL else interval, reference="champion")


def _values(found: Outcomes) -> dict[str, float]:
    """Measure -> value, NaN where it is not known; empty without a row."""
    return {row.name: math.nan if row.value is None else row.value for row in outcome_rows(found)} if found.n else {}


def mcnemar_row(truth: pa.ChunkedArray[Any] | None, before: Answers, after: Answers) -> Metric:
    """McNemar's test of labels over the rows with a known truth."""
    import numpy as np

    if truth is None:
        return Metric("mcnemar_p", None, reference="champion", reason=_NO_TRUTH)
    names, codes = labels(truth)
    wanted = np.array(names, dtype=object)[codes]
    known = wanted != UNKNOWN
    old, new = known & (before.labels == wanted), known & (after.labels == wanted)
    only_old, only_new = int((old & ~new).sum()), int((new & ~old).sum())
    told = f"only the version in use is right on {only_old} rows, only this version on {only_new}"
    return Metric("mcnemar_p", mcnemar_p(only_old, only_new), n=int(known.sum()), reference="champion", reason=told)
