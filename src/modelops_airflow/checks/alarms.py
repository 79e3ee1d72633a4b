"""Alarms: which columns drifted, with no more false alarms in a month than the monitor accepts.

The budget is divided among the runs of a month and the columns (Bonferroni), which holds however the columns depend on
each other. Each column's threshold is the distance from the baseline that chance exceeds no more often than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..data.profile import Column, Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .alarm_budget import Budget
from .alarm_cells import Cells, cells_of, moved
from .alarm_history import UNKNOWN, Outcome, alarmed, outcomes_of
from .alarm_level import chi_square_p, detectable
from .check import CheckContext, check
from .compared_columns import compared_columns

METRICS = ("alarms", "expected_false_alarms", "observed_alarms", "runs_known", "drift_distance", "alarm_threshold", "noise_floor",
           "detectable_distance", "detectable_shift")
_VERSION = 2
_FURTHEST = 4.0


@dataclass(frozen=True)
class Judged:
    """One column of this run.

    Attributes:
        over: whether it is over its threshold; None if it could not be compared.
        expected: false alarms that its threshold lets through, a share of runs.
        quiet: whether it is further than chance gives, and nearer than `at_least`.
    """

    name: str
    rows: tuple[Metric, ...]
    over: bool | None
    expected: float
    quiet: bool = False


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse options that say nothing together."""
    times, of_last = options["times"], options["of_last"]
    if times > of_last:
        raise CheckError(f"times is {times}; expected 1 to of_last, which is {of_last}")


@check("alarms", version=_VERSION, metrics=METRICS, together=_demand)
def alarms(
    profiles: Profiles,
    *,
    context: CheckContext,
    budget: float = 1.0,
    runs_per_month: int = 30,
    times: int = 1,
    of_last: int = 1,
    at_least: float = 0.0,
    columns: Sequence[str] | None = None,
    roles: Sequence[str] = ("feature", "protected", "prediction", "score"),
) -> Measurement:
    """Columns that drifted from the baseline, with thresholds that keep the declared number of false alarms.

    Args:
        budget: false alarms accepted in a month, on the average over baselines (above 0). An alarm is one column in
            one run; a column that stays over its threshold alarms in every run.
        runs_per_month: runs that share the budget (1 or more).
        times: a column alarms if it is over its threshold now and so many times in the last `of_last` runs, the
            current one among them (1 to 30), `of_last` at most.
        of_last: see `times` (1 to 30). More than 1 needs the register, and runs that look at different rows.
        at_least: smallest distance that matters (0 to 10); a column nearer than that never alarms.
        columns: only these columns.
        roles: only columns of these roles. The target is left out: labels that arrive late look like drift.

    Raises:
        CheckError: an option is out of range, there is no baseline, a column is missing, or none can be compared.

    Source: Pearson 1911 and Freeman and Tukey 1950 for the distance; Yurdakul 2018 (Statistical properties of population
        stability index) for psi as a chi-square; Przyborowski and Wilenski 1940 for columns that are nearly constant.
    """
    names = compared_columns(profiles, columns, roles)
    asked = Budget.of(budget, runs_per_month, len(names), times=times, of_last=of_last, at_least=at_least)
    same = {"budget": budget, "runs_per_month": runs_per_month, "times": times, "of_last": of_last, "at_least": at_least,
            "columns": None if columns is None else list(columns), "roles": list(roles)}
    told = context.earlier(max(runs_per_month, of_last) - 1) if context.earlier else ()
    earlier = outcomes_of(told, _VERSION, same, profiles.inputs)
    judged = [_column(profiles, name, asked) for name in names]
    if all(one.over is None for one in judged):
        raise CheckError(f"no column can be compared; {judged[0].name}: {judged[0].rows[0].reason}")
    rows = [
        _alarms(judged, earlier, asked),
        Metric("expected_false_alarms", sum(one.expected for one in judged) * runs_per_month, n=len(judged)),
        *_observed(earlier, context.earlier is not None, of_last),
    ]
    notes = [*_notes(judged, asked, context.earlier is not None), *_unknown(earlier)]
    measured = Measurement.of("alarms", [*rows, *(row for one in judged for row in one.rows)], notes=notes)
    return replace(measured, inputs={f"earlier:{place}": one.evidence for place, one in enumerate(told, 1) if one is not None})


def _column(profiles: Profiles, name: str, budget: Budget) -> Judged:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `compared_columns` has looked
    old, new, where = profiles.baseline.columns[name], profiles.current.columns[name], {"column": name}
    cells = cells_of(old, new)
    limit = cells if isinstance(cells, str) else budget.limit(cells)
    if limit is None:
        limit = f"the baseline has one value, and {new.n} rows are too few to tell another from chance"
    if isinstance(cells, str) or isinstance(limit, str):
        return Judged(name, (Metric("drift_distance", None, where, n=new.n, reason=str(limit)),), None, 0.0)
    sizes = budget.sizes(cells)
    p = chi_square_p(sizes, cells.distance) if cells.freedom else None
    rows = [Metric("drift_distance", cells.distance, where, n=new.n, p=p), Metric("alarm_threshold", limit, where, n=new.n)]
    if cells.freedom:  # a column that is nearly constant is tested exactly, and its rows of other values are all there is
        found = detectable(sizes, limit)
        rows += [Metric("noise_floor", sizes.noise, where, n=new.n), Metric("detectable_distance", found, where, n=new.n),
                 *_shift(old, cells, found, where, new.n)]
    chance = replace(budget, at_least=0.0).limit(cells) if cells.distance < limit == budget.at_least else None
    return Judged(name, tuple(rows), cells.distance >= limit, budget.spent(cells, limit), quiet=chance is not None and cells.distance >= chance)


def _shift(old: Column, cells: Cells, found: float, where: dict[str, str], n: int) -> list[Metric]:
    """The smallest shift of a column of numbers that is found, up or down, whichever is harder."""
    if not cells.bounds or not old.std:
        return []
    worst = 0.0
    for sign in (1.0, -1.0):
        if moved(old, cells, sign * _FURTHEST) < found:
            return [Metric("detectable_shift", None, where, n=n, reason=f"no shift below {_FURTHEST:g} standard deviations is found")]
        low, high = 0.0, _FURTHEST
        while high - low > 1e-4 * high:
            middle = (low + high) / 2
            low, high = (low, middle) if moved(old, cells, sign * middle) >= found else (middle, high)
        worst = max(worst, high)
    return [Metric("detectable_shift", worst, where, n=n, unit="standard deviations")]


def _alarms(judged: Sequence[Judged], earlier: Sequence[Outcome], budget: Budget) -> Metric:
    """The number of columns that alarm; where one may alarm or not, it is unknown."""
    found = {one.name: alarmed(one.name, one.over, earlier, budget.times, budget.of_last) for one in judged}
    count, n = sum(state is True for state in found.values()), len(judged)
    unknown = [name for name, state in found.items() if state is None]
    names = ", ".join(name for name, state in found.items() if state)
    if not unknown:
        return Metric("alarms", float(count), n=n, reason=names or None)
    why = f"of {', '.join(unknown[:5])}{' and more' if len(unknown) > 5 else ''} it is not known whether they alarm"
    return Metric("alarms", None, n=n, reason=f"at least {count} ({names}); {why}" if count else why)


def _observed(earlier: Sequence[Outcome], recorded: bool, of_last: int) -> list[Metric]:
    """What the runs before this one came to."""
    known = 1 + sum(bool(run.over) for run in earlier[: of_last - 1])
    rows = [Metric("runs_known", float(known), n=of_last)]
    counts = [run.alarms for run in earlier if run.alarms is not None]
    if counts:
        return [*rows, Metric("observed_alarms", float(sum(counts)), n=len(counts))]
    reason = "there is no earlier run with these options and this baseline" if recorded else "nothing here knows earlier runs"
    return [*rows, Metric("observed_alarms", None, reason=reason)]


def _unknown(earlier: Sequence[Outcome]) -> list[str]:
    places = [str(place) for place, run in enumerate(earlier, 1) if run == UNKNOWN]
    if not places:
        return []
    return [f"nothing is known of these earlier runs, 1 being the newest: {', '.join(places)}; they have no evidence, did not measure, had other options, "
            "another version or baseline, or looked at the same rows as a later run"]


def _notes(judged: Sequence[Judged], budget: Budget, recorded: bool) -> list[str]:
    notes = [f"budget: {budget.rate:.3g} false alarms of a column and run, for {len(judged)} columns (Bonferroni); "
             "the average over baselines of these sizes"]
    if budget.of_last > 1:
        notes.append(f"a column alarms when it is over its threshold now and {budget.times} times in {budget.of_last} runs; "
                     "the runs must look at different rows")
    if budget.of_last > 1 and not recorded:
        notes.append("nothing here knows earlier runs: a column over its threshold may alarm or not")
    below = [row.where["column"] for one in judged for row in one.rows if row.name == "noise_floor" and row.value is not None
             and 0 < budget.at_least < row.value]
    if below:
        notes.append(f"at_least {budget.at_least:g} is below the noise floor of {', '.join(below)}: chance alone gives more, and the "
                     "calibrated threshold stands")
    if quiet := [one.name for one in judged if one.quiet]:
        notes.append(f"{', '.join(quiet)}: further from the baseline than chance gives, and nearer than at_least {budget.at_least:g}: no alarm")
    return notes
