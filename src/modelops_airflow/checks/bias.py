"""Bias: does the model treat groups of people alike?

Measures outcomes by protected group from the group tables of one scan. It gives no verdict;
requirements do. Positive means the favourable label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..data.groups import SEPARATOR
from ..data.profile import Group, Profiles
from ..data.values import UNKNOWN
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS, NOT_SHOWN
from ..measurement import Measurement, Metric
from .check import check
from .interval import wilson

METRICS = (
    "n", "selection_rate", "impact_ratio", "demographic_parity_difference", "demographic_parity_ratio",
    "equalized_odds_difference", "equalized_odds_ratio", "equal_opportunity_difference",
    "predictive_parity_difference", "tpr", "tnr", "fpr", "fnr", "precision", "npv", "fdr", "for", "accuracy",
)

_NO_TARGET = "no target: the data has no labels"

_BY_TRUTH = (
    "equalized_odds_difference", "equalized_odds_ratio", "equal_opportunity_difference", "predictive_parity_difference",
)

Rate = Callable[[Group], tuple[int, int]]


def _counts(group: Group) -> tuple[int, int, int, int]:
    return group.tp or 0, group.fp or 0, group.tn or 0, group.fn or 0


_RATES: Mapping[str, Rate] = {
    "tpr": lambda g: ((g.tp or 0), (g.tp or 0) + (g.fn or 0)),
    "fnr": lambda g: ((g.fn or 0), (g.tp or 0) + (g.fn or 0)),
    "fpr": lambda g: ((g.fp or 0), (g.fp or 0) + (g.tn or 0)),
    "tnr": lambda g: ((g.tn or 0), (g.fp or 0) + (g.tn or 0)),
    "precision": lambda g: ((g.tp or 0), (g.tp or 0) + (g.fp or 0)),
    "fdr": lambda g: ((g.fp or 0), (g.tp or 0) + (g.fp or 0)),
    "npv": lambda g: ((g.tn or 0), (g.tn or 0) + (g.fn or 0)),
    "for": lambda g: ((g.fn or 0), (g.tn or 0) + (g.fn or 0)),
    "accuracy": lambda g: ((g.tp or 0) + (g.tn or 0), sum(_counts(g))),
}


@check("bias", version=1, metrics=METRICS)
def bias(
    profiles: Profiles,
    *,
    by: Sequence[str] = ("protected",),
    intersections: bool = True,
    min_group_size: int = 30,
    min_coverage: float = 0.9,
    reference: Mapping[str, str] | None = None,
) -> Measurement:
    """Outcomes by protected group and, if asked, by their intersections.

    Args:
        by: protected columns; `protected` means those named in the model file.
        intersections: also the groups of all protected columns together.
        min_group_size: smaller groups are listed, never judged (rows).
        min_coverage: share of rows that must be in groups large enough to judge.
        reference: column -> group that ratios are against; without it the most selected group.

    Raises:
        CheckError: no favourable label, a column that was not scanned, fewer than two groups that can
            be judged, or too few rows in them.

    Source: 29 CFR 1607.4(D) for the impact ratio; Hardt et al. 2016 for equalised odds; the
        definitions of differences and ratios are Fairlearn's, over the groups that are judged.
    """
    names = [name for one in by for name in (profiles.protected if one == "protected" else (one,))]
    if not names:
        return Measurement.not_applicable("bias", "the model file names no protected column")
    if not profiles.favourable:
        raise CheckError("no label is named as favourable; add data.columns.favourable to the model file")
    if not profiles.current.groups:
        raise CheckError("the data has no predictions to compare groups by")
    _usable(profiles)
    tables = list(names)
    if intersections and len(names) > 1 and set(names) == set(profiles.protected):
        tables.append(SEPARATOR.join(profiles.protected))
    rows: list[Metric] = []
    notes = [f"favourable label: {profiles.favourable}"]
    for table in tables:
        groups = profiles.current.groups.get(table)
        if groups is None:
            raise CheckError(f"column {table!r} was not scanned; name it under data.columns.protected")
        judged = [g for g in groups if g.n >= min_group_size and UNKNOWN not in g.where.values()]
        if SEPARATOR not in table:
            _covered(table, groups, judged, min_coverage)
        elif len(judged) < 2:
            notes.append(f"{table}: fewer than two groups of {min_group_size} rows, listed only")
        rows += _table(table, groups, judged, (reference or {}).get(table))
    return Measurement.of("bias", rows, notes=notes)


def _usable(profiles: Profiles) -> None:
    """Refuse what would measure equality by accident: a misspelt label, or people without a prediction."""
    labelled = {role: profiles.current.columns.get(name) for name, role in profiles.roles.items()}
    seen = [column.values or {} for role in ("prediction", "target") if (column := labelled.get(role)) is not None]
    if not any(profiles.favourable in values for values in seen):
        known = ", ".join(sorted({value for values in seen for value in values})[:10])
        raise CheckError(f"favourable label {profiles.favourable!r} is in no prediction or label; found {known or 'none'}")
    prediction = labelled.get("prediction")
    if prediction is not None and (silent := prediction.nulls + prediction.infinite):
        raise CheckError(f"{silent} rows have no prediction; every person must have one to compare groups")


def _covered(table: str, groups: Sequence[Group], judged: Sequence[Group], least: float) -> None:
    if len(judged) < 2:
        raise CheckError(f"{table}: {len(judged)} group is large enough to judge; expected at least two")
    share = sum(group.n for group in judged) / sum(group.n for group in groups)
    if share < least:
        raise CheckError(f"{table}: {share:.1%} of rows are in groups that can be judged; expected {least:.0%}")


def _table(table: str, groups: Sequence[Group], judged: Sequence[Group], named: str | None) -> list[Metric]:
    best = _reference(table, judged, named)
    rows = [row for group in groups for row in _outcomes(group, best, group in judged)]
    return rows + _differences(table, judged) if len(judged) > 1 else rows


def _reference(table: str, judged: Sequence[Group], named: str | None) -> Group | None:
    if named is None:
        return max(judged, key=_selection, default=None)
    for group in judged:
        if named in group.where.values():
            return group
    raise CheckError(f"{table}: reference group {named!r} is not among the groups that can be judged")


def _selection(group: Group) -> float:
    return group.selected / group.n


def _outcomes(group: Group, best: Group | None, judged: bool) -> list[Metric]:
    where = dict(group.where)
    if group.n < LEAST_ROWS and not judged:
        return [Metric(name, None, where, judged=False, reason=NOT_SHOWN) for name in ("n", "selection_rate", "impact_ratio")]
    low, high = wilson(group.selected, group.n)
    rate = _selection(group)
    rows = [
        Metric("n", float(group.n), where, n=group.n, judged=judged),
        Metric("selection_rate", rate, where, n=group.n, ci=(low, high), judged=judged),
        _impact(group, best, judged),
    ]
    if group.tp is None:
        return rows + [Metric(name, None, where, n=group.n, judged=judged, reason=_NO_TARGET) for name in _RATES]
    for name, counted in _RATES.items():
        part, whole = counted(group)
        rows.append(_rate(name, where, part, whole, judged))
    return rows


def _impact(group: Group, best: Group | None, judged: bool) -> Metric:
    where = dict(group.where)
    if best is None:
        return Metric("impact_ratio", None, where, n=group.n, judged=False, reason="no group is large enough to compare with")
    name = ", ".join(best.where.values())
    if not best.selected:
        return Metric("impact_ratio", None, where, n=group.n, judged=judged, reference=name, reason="nobody is selected")
    return Metric("impact_ratio", _selection(group) / _selection(best), where, n=group.n, reference=name, judged=judged)


def _rate(name: str, where: Mapping[str, str], part: int, whole: int, judged: bool) -> Metric:
    if not whole:
        return Metric(name, None, where, n=0, judged=judged, reason="no row to divide by")
    return Metric(name, part / whole, where, n=whole, ci=wilson(part, whole), judged=judged)


def _differences(table: str, judged: Sequence[Group]) -> list[Metric]:
    where = {"by": table}
    n = sum(group.n for group in judged)
    selection = [_selection(group) for group in judged]
    rows = [
        Metric("demographic_parity_difference", max(selection) - min(selection), where, n=n),
        _ratio("demographic_parity_ratio", where, n, [selection]),
    ]
    if any(group.tp is None for group in judged):
        return rows + [Metric(name, None, where, n=n, reason=_NO_TARGET) for name in _BY_TRUTH]
    tpr, fpr, precision = (_values(_RATES[name], judged) for name in ("tpr", "fpr", "precision"))
    rows.append(_spread("equalized_odds_difference", where, n, [tpr, fpr]))
    rows.append(_ratio("equalized_odds_ratio", where, n, [tpr, fpr]))
    rows.append(_spread("equal_opportunity_difference", where, n, [tpr]))
    rows.append(_spread("predictive_parity_difference", where, n, [precision]))
    return rows


def _values(rate: Rate, judged: Sequence[Group]) -> list[float] | None:
    counted = [rate(group) for group in judged]
    return [part / whole for part, whole in counted] if all(whole for _, whole in counted) else None


def _spread(name: str, where: Mapping[str, str], n: int, rates: Sequence[list[float] | None]) -> Metric:
    known = [values for values in rates if values is not None]
    if len(known) < len(rates):
        return Metric(name, None, where, n=n, reason="a group has no row to divide by")
    return Metric(name, max(max(values) - min(values) for values in known), where, n=n)


def _ratio(name: str, where: Mapping[str, str], n: int, rates: Sequence[list[float] | None]) -> Metric:
    known = [values for values in rates if values is not None and max(values) > 0]
    if len(known) < len(rates):
        return Metric(name, None, where, n=n, reason="a rate is not known or zero in every group")
    return Metric(name, min(min(values) / max(values) for values in known), where, n=n)
