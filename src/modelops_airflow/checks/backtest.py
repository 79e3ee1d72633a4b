"""Backtest: did what was predicted happen as often as it was predicted to?

Probabilities by rating grade or by bin of the score, and exceptions of a value at risk, of all rows of the current data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..data.values import UNKNOWN, sort_key
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .calibration_test import ZONES, binomial_p, hosmer_lemeshow_p, jeffreys_p, spiegelhalter_p, zone
from .check import CheckContext, check
from .given import all_rows, numbers_of, texts, truth_column
from .interval import wilson

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("observed_rate", "expected_rate", "binomial_p", "jeffreys_p", "traffic_light", "hosmer_lemeshow_p", "spiegelhalter_p", "exceptions", "labelled_share")
_TESTS = ("binomial_p", "jeffreys_p", "traffic_light")
MOST_BINS = 100


@check("backtest", version=1, metrics=METRICS)
def backtest(
    profiles: Profiles,
    *,
    by: str | None = None,
    bins: int = 10,
    event: str | None = None,
    exceptions: str | None = None,
    probability: float = 0.01,
    min_group_size: int = 30,
    min_coverage: float = 0.9,
    context: CheckContext,
) -> Measurement:
    """Predicted probabilities against what happened, by rating grade or bin of the score; or exceptions of a value at risk.

    Args:
        by: column of the rating grade; without it bins of the score with about as many rows each.
        bins: how many, where no grade is named (2 to 100).
        event: label that the score is the probability of; without it, of two labels, that which sorts last. Name it where
            the data may have no event at all.
        exceptions: column of exceptions (true or 1: the loss was beyond the value at risk); these alone are tested then,
            with no need for truth, scores or a model.
        probability: that each row is an exception, if the value at risk is right (above 0, below 1); 0.01 for 99 %.
        min_group_size: smaller grades or bins are listed, never judged, and exceptions of fewer rows not tested (rows, 1 or more).
        min_coverage: share of rows that must be in those that are judged (0 to 1).

    Returns:
        For the whole and each grade or bin the observed rate (with Wilson's interval), the expected one (mean score), two
        p-values against underestimated risk, and the traffic light (0 green, 1 yellow, 2 red); for the whole the
        two-sided p-values of Hosmer-Lemeshow over the groups and of Spiegelhalter over the rows.

    Raises:
        CheckError: no truth, scores that are missing or no probabilities, more than two labels, exceptions that are
            neither yes nor no, too few rows in large groups, or a number out of range.

    Source: Basel Committee 1996, Supervisory framework for the use of backtesting, for the zones; ECB 2019 for Jeffreys'
        test; Hosmer and Lemeshow 2013; Spiegelhalter 1986. Events are taken to be independent: where they are not, as in
        a recession, p-values are too small.
    """
    table = all_rows(profiles, context)
    if exceptions is not None:
        return Measurement.of("backtest", _exceptions(table, exceptions, probability, min_group_size), notes=(f"exceptions: {exceptions}, expected {probability:g} of rows",))
    truth = texts(truth_column(table, context, "backtest"))
    known = truth != UNKNOWN
    score = numbers_of("score", table, profiles, context, "backtest")[known]
    _probabilities(score)
    label = _event(truth[known], event, _labels_before(profiles))
    happened = truth[known] == label
    groups = _by_grade(table, by, known) if by is not None else _by_score(score, bins)
    cohorts = [_Cohort.of(where, score[rows], happened[rows]) for where, rows in groups]
    _coverage(cohorts, min_group_size, min_coverage)
    whole = _Cohort.of({}, score, happened)
    found = [*whole.rows(0), Metric("labelled_share", float(known.sum()) / profiles.current.due, n=profiles.current.due), *_overall(cohorts, score, happened), *(row for one in cohorts for row in one.rows(min_group_size))]
    unlabelled = (f"{int((~known).sum())} rows have no label and are left out",) if not known.all() else ()
    return Measurement.of("backtest", found, notes=(f"event: {label}", *unlabelled))


def _exceptions(table: pa.Table, name: str, probability: float, least: int) -> list[Metric]:
    if name not in table.column_names:
        raise CheckError(f"the data has no column {name!r} of exceptions; columns: {', '.join(table.column_names)}")
    told = texts(table[name])
    strange = sorted({one for one in told if one not in ("0", "1", "true", "false")})
    if strange:
        raise CheckError(f"column {name!r} of exceptions has {', '.join(strange[:5])}; expected true and false, or 1 and 0, in every row")
    n, count = len(told), sum(one in ("1", "true") for one in told)
    few = f"{n} rows; expected at least min_group_size, {least}" if n < least else None
    return [
        Metric("exceptions", float(count), n=n), Metric("observed_rate", count / n, n=n, ci=wilson(count, n)),
        Metric("expected_rate", probability, n=n),
        *([Metric(test, None, n=n, reason=few) for test in _TESTS] if few else _tests(count, n, probability, {}, judged=True)),
    ]


def _tests(events: int, n: int, probability: float, where: dict[str, str], *, judged: bool) -> list[Metric]:
    light = zone(events, n, probability)
    return [
        Metric("binomial_p", binomial_p(events, n, probability), where, n=n, judged=judged),
        Metric("jeffreys_p", jeffreys_p(events, n, probability), where, n=n, judged=judged),
        Metric("traffic_light", float(light), where, n=n, judged=judged,
               reason=f"{ZONES[light]}: {events} of {n}, expected {n * probability:.3g}"),
    ]


def _probabilities(score: Floats) -> None:
    import numpy as np

    if not len(score):
        raise CheckError("no row has a label")
    if bad := int((~np.isfinite(score)).sum()):
        raise CheckError(f"{bad} rows have a label and no finite score")
    if score.min() < 0 or score.max() > 1:
        raise CheckError(f"scores are {score.min():g} to {score.max():g}; expected probabilities, 0 to 1")


def _labels_before(profiles: Profiles) -> set[str]:
    """The labels of the baseline's truth."""
    columns = profiles.baseline.columns if profiles.baseline is not None else {}
    return {label for name, column in columns.items() if profiles.roles.get(name) == "target" for label in column.values or ()}


def _event(truth: np.ndarray[Any, Any], event: str | None, before: set[str]) -> str:
    there = sorted(set(truth), key=sort_key)
    if len(there) > 2:
        raise CheckError(f"the truth has {len(there)} labels ({', '.join(there[:5])}); expected two")
    if event is None and len(there) < 2:
        raise CheckError(f"every row has the label {there[0]!r}; name the event, to tell whether all or none happened")
    if event is not None and len(there) == 2 and event not in there:
        raise CheckError(f"event {event!r} is no label of the truth; expected {there[0]} or {there[1]}")
    if event is not None and event not in there and before and event not in before:
        raise CheckError(f"event {event!r} is no label of the truth, nor of the baseline's ({', '.join(sorted(before, key=sort_key)[:5])})")
    return event if event is not None else str(there[-1])


def _by_grade(table: pa.Table, by: str, known: np.ndarray[Any, Any]) -> Iterator[tuple[dict[str, str], np.ndarray[Any, Any]]]:
    if by not in table.column_names:
        raise CheckError(f"the data has no column {by!r} of grades; columns: {', '.join(table.column_names)}")
    grades = texts(table[by])[known]
    different = sorted(set(grades), key=sort_key)
    if len(different) > MOST_BINS:
        raise CheckError(f"column {by!r} has {len(different)} different grades; expected at most {MOST_BINS}")
    yield from (({by: grade}, grades == grade) for grade in different)


def _by_score(score: Floats, bins: int) -> Iterator[tuple[dict[str, str], np.ndarray[Any, Any]]]:
    """Bins (a, b] between quantiles of the score; equal scores are never parted."""
    import numpy as np

    edges = np.unique(np.quantile(score, np.arange(1, bins) / bins, method="inverted_cdf"))
    place = np.searchsorted(edges, score, side="left")
    for number, code in enumerate(np.unique(place), start=1):
        rows = place == code
        yield {"bin": str(number), "score": f"{score[rows].min():.4g} to {score[rows].max():.4g}"}, rows


def _coverage(cohorts: list[_Cohort], least: int, coverage: float) -> None:
    total, judged = sum(one.n for one in cohorts), sum(one.n for one in cohorts if one.n >= least)
    if judged < coverage * total or not judged:
        raise CheckError(f"{judged} of {total} rows are in groups of at least {least}; expected a share of {coverage:g}")


def _overall(cohorts: list[_Cohort], score: Floats, happened: np.ndarray[Any, Any]) -> list[Metric]:
    n = len(score)
    groups, rows = hosmer_lemeshow_p([(one.n, one.events, one.expected) for one in cohorts]), spiegelhalter_p(score, happened.astype(float))
    return [
        Metric("hosmer_lemeshow_p", groups, n=n, reason=None if groups is not None else "a group's expected rate is 0 or 1"),
        Metric("spiegelhalter_p", rows, n=n, reason=None if rows is not None else "every score is 0, 0.5 or 1"),
    ]


@dataclass(frozen=True)
class _Cohort:
    """Rows that are tested together; `expected` is their mean score."""

    where: dict[str, str]
    n: int
    events: int
    expected: float

    @classmethod
    def of(cls, where: dict[str, str], score: Floats, happened: np.ndarray[Any, Any]) -> _Cohort:
        """Counts of some rows."""
        return cls(where, len(score), int(happened.sum()), float(score.mean()))

    def rows(self, least: int) -> list[Metric]:
        """Its metrics."""
        judged = self.n >= least
        return [
            Metric("observed_rate", self.events / self.n, self.where, n=self.n, ci=wilson(self.events, self.n), judged=judged),
            Metric("expected_rate", self.expected, self.where, n=self.n, judged=judged),
            *_tests(self.events, self.n, self.expected, self.where, judged=judged),
        ]
