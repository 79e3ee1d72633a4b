"""Merging: profiles of partitions become the profile of the whole.

Counts add exactly, and so do the whole numbers that means and deviations come from; the order of parts does
not matter. Ranks of scores and rankings within queries cannot be merged and are left out; who is above the median is counted only where all
parts used the same one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from ..errors import DataError
from .group import Group, Median
from .median import merged_median
from .moments import Sums
from .profile import NUMERIC, Column, Outcomes, Profile, Slice, Slices
from .score_counts import Ranking, ScoreBin, ScoreBins
from .values import FEW_VALUES, MANY_VALUES, sort_key

_ADDED = ("squared", "absolute", "relative", "log_likelihood", "scored", "positives", "unscored")


def merge(parts: Sequence[Profile]) -> Profile:
    """The profile of all parts together.

    Raises:
        DataError: no parts, other columns, other kinds, or other bin edges than the first part's.
    """
    if not parts:
        raise DataError("there are no profiles to merge")
    if len(parts) == 1:
        return parts[0]
    if any(part.maturity is not None for part in parts):
        raise DataError("labels that arrive late are joined to all rows at once, so profiles with them cannot be merged; scan the parts as one data set")
    names = list(parts[0].columns)
    if any(set(part.columns) != set(names) for part in parts):
        raise DataError("the partitions have different columns; expected the same in each")
    median = merged_median([(part.rows, part.median) for part in parts])
    return Profile(
        rows=sum(part.rows for part in parts),
        columns={name: _columns(name, [part.columns[name] for part in parts]) for name in names},
        groups=_groups(parts, median),
        outcomes=_outcomes([part.outcomes for part in parts]),
        median=median,
        slices=_slices([part.slices for part in parts]),
        scores=_scores([part.scores for part in parts]),
        vintages=_slices([part.vintages for part in parts]),
        rankings={key: Ranking(reason="rankings cannot be merged from partitions: a query may be in several") for key in parts[0].rankings},
    )


def _columns(name: str, parts: Sequence[Column]) -> Column:
    filled = [part for part in parts if part.valid]
    first = filled[0] if filled else parts[0]
    if any(part.kind != first.kind or part.edges != first.edges for part in filled):
        raise DataError(f"column {name!r}: the partitions differ in kind or bin edges; scan them on one baseline's edges")
    values = _counted([part.values for part in filled], FEW_VALUES if first.kind == NUMERIC else MANY_VALUES)
    sums = _sums([part.sums for part in filled]) if first.kind == NUMERIC else None
    valid = sum(part.valid for part in filled)
    low = min((part.low for part in filled if part.low is not None), default=None)
    high = max((part.high for part in filled if part.high is not None), default=None)
    mean, std = (None, None) if sums is None or low is None or high is None else sums.of(valid, low, high)
    return Column(
        kind=first.kind, n=sum(p.n for p in parts), nulls=sum(p.nulls for p in parts), infinite=sum(p.infinite for p in parts),
        distinct=None if values is None else len(values),
        low=low, high=high, mean=mean, std=std, sums=sums, values=values, edges=first.edges,
        counts=tuple(sum(cell) for cell in zip(*(p.counts for p in filled), strict=True)),
    )


def _sums(parts: Sequence[Sums | None]) -> Sums | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        raise DataError("a partition has no exact sums: a warehouse counted it, or an earlier release; scan its rows here")
    return reduce(Sums.plus, known) if known else None


def _counted(parts: Sequence[Mapping[str, int] | None], most: int) -> dict[str, int] | None:
    """Counts by label of all parts; None where they are more than one scan would list."""
    total: dict[str, int] = {}
    for part in parts:
        if part is None:
            return None
        for key, count in part.items():
            total[key] = total.get(key, 0) + count
    return dict(sorted(total.items(), key=lambda item: sort_key(item[0]))) if len(total) <= most else None


def _slices(parts: Sequence[Mapping[str, Slices]]) -> dict[str, Slices]:
    if any(set(part) != set(parts[0]) for part in parts):
        raise DataError("the partitions have different slices; expected the same in each")
    return {name: _slices_of([part[name] for part in parts]) for name in parts[0]}


def _slices_of(parts: Sequence[Slices]) -> Slices:
    if reason := next((part.reason for part in parts if part.reason), ""):
        return Slices(reason=f"in a partition {reason}")
    found: dict[str, list[Slice]] = {}
    for part in parts:
        for one in part.found:
            found.setdefault(one.label, []).append(one)
    merged = []
    for label in sorted(found, key=sort_key):
        outcomes = _outcomes([one.outcomes for one in found[label]])
        if outcomes is not None:
            merged.append(Slice(label, sum(one.rows for one in found[label]), outcomes))
    return Slices(tuple(merged))


def _scores(parts: Sequence[ScoreBins | None]) -> ScoreBins | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    if len(known) < len(parts) or any((part.edges, part.positive) != (known[0].edges, known[0].positive) for part in known):
        return ScoreBins(reason="the partitions count the scores in different bins; scan them on one baseline's edges")
    bins = tuple(_score_bin(same) for same in zip(*(part.bins for part in known), strict=True))
    return ScoreBins(known[0].edges, bins, sum(part.silent for part in known), known[0].positive, known[0].reason)


def _score_bin(parts: Sequence[ScoreBin]) -> ScoreBin:
    return ScoreBin(
        yes=sum(one.yes for one in parts), yes_sum=math.fsum(one.yes_sum for one in parts),
        no=sum(one.no for one in parts), no_sum=math.fsum(one.no_sum for one in parts),
        labelled=sum(one.labelled for one in parts), positives=sum(one.positives for one in parts),
    )


def _moments(parts: Sequence[tuple[int, float | None, float | None]]) -> tuple[float | None, float | None]:
    known = [(n, mean, std) for n, mean, std in parts if mean is not None and std is not None]
    if not known:
        return None, None
    total = sum(n for n, _, _ in known)
    mean = math.fsum(n * one for n, one, _ in known) / total
    spread = math.fsum(n * (std * std + (one - mean) ** 2) for n, one, std in known)
    return mean, math.sqrt(spread / total)


def _groups(parts: Sequence[Profile], median: Median | None) -> dict[str, tuple[Group, ...]]:
    if any(set(part.groups) != set(parts[0].groups) for part in parts):
        raise DataError("the partitions have different group tables; expected the same in each")
    names = ["n", "selected", "tp", "fp", "tn", "fn"]
    if median is not None and median.value is not None:
        names.append("above")
    merged = {}
    for table in parts[0].groups:
        found: dict[tuple[tuple[str, str], ...], list[Group]] = {}
        for part in parts:
            for group in part.groups[table]:
                found.setdefault(tuple(group.where.items()), []).append(group)
        keys = sorted(found, key=lambda where: [sort_key(label) for _, label in where])
        merged[table] = tuple(Group(dict(key), **_cells(found[key], names)) for key in keys)
    return merged


def _cells(groups: Sequence[Group], names: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name in names:
        counts = [getattr(group, name) for group in groups]
        cells[name] = None if None in counts else sum(counts)
    return cells


def _outcomes(parts: Sequence[Outcomes | None]) -> Outcomes | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    if len(known) < len(parts) or len({part.task for part in known}) > 1:
        raise DataError("the partitions show different tasks; scan them as one data set")
    confusion: dict[tuple[str, str], int] = {}
    for part in known:
        for truth, guess, count in part.confusion:
            confusion[truth, guess] = confusion.get((truth, guess), 0) + count
    labels = tuple(sorted({label for part in known for label in part.labels}, key=sort_key))
    if known[0].task == "binary" and len(labels) != 2:
        raise DataError(f"the partitions have the labels {', '.join(labels)} together; expected two")
    bins = [part.calibration for part in known]
    return Outcomes(
        known[0].task, sum(part.n for part in known), labels, labels[-1] if known[0].task == "binary" else "",
        tuple((t, g, n) for (t, g), n in sorted(confusion.items(), key=lambda one: [sort_key(name) for name in one[0]])),
        _facts(known),
        tuple((sum(n), math.fsum(s), sum(p)) for n, s, p in (zip(*cell, strict=True) for cell in zip(*bins, strict=True)))
        if all(bins) else (),
        sum(part.unanswered for part in known),
    )


def _facts(parts: Sequence[Outcomes]) -> dict[str, float]:
    facts = {
        name: math.fsum(part.facts.get(name, 0.0) for part in parts)
        for name in _ADDED if all(name in part.facts for part in parts if part.n)
    }
    unscored = math.fsum(part.facts.get("unscored", 0.0) for part in parts)
    if parts[0].task == "binary" and len(parts) > 1:
        facts["merged"] = float(len(parts))
    if unscored:
        facts["unscored"] = unscored
    filled = [part for part in parts if part.n and "mean" in part.facts]
    if filled:
        mean, std = _moments([(p.n, p.facts["mean"], math.sqrt(p.facts["variation"] / p.n)) for p in filled])
        n = sum(p.n for p in filled)
        facts |= {"mean": mean or 0.0, "variation": (std or 0.0) ** 2 * n}
    return facts
