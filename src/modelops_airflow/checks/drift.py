"""Drift: has the data moved away from the baseline?

Two binnings. `baseline` reads only the current side and counts it on the edges stored with the
baseline; its Kolmogorov-Smirnov and Wasserstein distances carry their error bound. `evidently`
compares both sides exactly and equals Evidently's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..data.profile import NUMERIC, TIME, Column, Pair, Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import check
from .distance import chisquare_p, jensenshannon, psi, shares

METRICS = ("psi", "jensenshannon", "ks_distance", "ks_p", "wasserstein", "chisquare_p", "drifted_share")

_THRESHOLDS = {"psi": 0.1, "jensenshannon": 0.1, "wasserstein": 0.1, "ks_p": 0.05, "chisquare_p": 0.05}
"""Evidently's default thresholds: distances drift at or above, p-values below."""

_LABEL_METHODS = {"ks": "chisquare", "wasserstein": "jensenshannon"}
"""What a method for numbers becomes for categories."""


@check("drift", version=1, metrics=METRICS)
def drift(
    profiles: Profiles,
    *,
    method: str = "auto",
    binning: str = "baseline",
    columns: Sequence[str] | None = None,
    roles: Sequence[str] = ("feature", "protected", "prediction", "score", "target"),
) -> Measurement:
    """Distance of every column from the baseline: features, prediction, score and target.

    Args:
        method: Evidently's name; one of auto, psi, jensenshannon, ks, wasserstein, chisquare. For
            categories ks becomes chisquare and wasserstein becomes jensenshannon. auto is Evidently's
            choice by rows and values of the baseline, with chisquare where it takes the z-test.
        binning: one of baseline, evidently. `baseline` is one scan on stored edges with an error
            bound; `evidently` reads both sides and equals the library.
        columns: only these columns.
        roles: only columns of these roles.

    Raises:
        CheckError: no baseline, a column is missing or has no usable value.

    Source: Evidently 0.7 (`calculations/stattests`) for definitions and defaults.
    """
    if profiles.baseline is None:
        raise CheckError("there is no baseline; name data.baseline in the model file")
    if binning == "evidently" and profiles.pairs is None:
        raise CheckError("the sides were not compared exactly; scan them again with binning: evidently")
    chosen = _columns(profiles, columns, roles)
    rows = [_compare(profiles, name, method, binning) for name in chosen]
    rows.append(_drifted(rows))
    notes: tuple[str, ...]
    if binning == "baseline":
        notes = (
            "binning: the baseline's deciles; another binning than Evidently's, so another number for psi and jensenshannon",
            "error_bound: how far the value can be from the exact one by the same definition",
        )
    else:
        notes = (f"binning: {binning}",)
    return Measurement.of("drift", rows, notes=notes)


def _columns(profiles: Profiles, named: Sequence[str] | None, roles: Sequence[str]) -> list[str]:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `drift` has looked
    there = profiles.current.columns
    for name in named or ():
        if name not in there:
            raise CheckError(f"column {name!r} is not in the current data")
    gone = [name for name in profiles.baseline.columns if name not in there and profiles.roles.get(name) != "target"]
    if gone:
        raise CheckError(f"the current data lacks columns of the baseline: {', '.join(gone)}")
    chosen = [
        name for name, column in there.items()
        if name in profiles.baseline.columns and column.kind != TIME
        and (name in named if named is not None else profiles.roles.get(name) in roles)
    ]
    if not chosen:
        raise CheckError("no column to compare")
    return chosen


def _compare(profiles: Profiles, name: str, method: str, binning: str) -> Metric:
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `drift` has looked
    old, new = profiles.baseline.columns[name], profiles.current.columns[name]
    where = {"column": name}
    if old.valid == 0 or new.valid == 0:
        side = "baseline" if old.valid == 0 else "current data"
        return Metric(_name(method, old, binning), None, where, n=0, reason=f"the {side} has no usable value")
    if old.kind != new.kind:
        return Metric(_name(method, old, binning), None, where, n=new.valid, reason=f"{old.kind} became {new.kind}")
    if binning == "evidently" and profiles.pairs is not None:
        return _exact(profiles.pairs[name], method, old, where)
    return _stored(old, new, method, where)


def _method(method: str, column: Column) -> str:
    if method == "auto":
        return _automatic(column)
    return method if column.kind == NUMERIC else _LABEL_METHODS.get(method, method)


def _automatic(column: Column) -> str:
    """Evidently's default: by the baseline's rows (1000) and different values (5)."""
    many = column.kind == NUMERIC and column.distinct > 5
    if column.n <= 1000:
        return "ks" if many else "chisquare"
    return "wasserstein" if many else "jensenshannon"


def _name(method: str, column: Column, binning: str) -> str:
    chosen = _method(method, column)
    return {"ks": "ks_p" if binning == "evidently" else "ks_distance", "chisquare": "chisquare_p"}.get(chosen, chosen)


def _exact(pair: Pair, method: str, column: Column, where: dict[str, str]) -> Metric:
    name, n = _name(method, column, "evidently"), pair.n_current
    chosen = _method(method, column)
    if chosen == "ks":
        return Metric("ks_p", pair.ks_p, where, n=n, p=pair.ks_p, reason=None if pair.ks_p is not None else "no numbers")
    if chosen == "wasserstein":
        return Metric(name, pair.wasserstein, where, n=n, reason=None if pair.wasserstein is not None else "no numbers")
    if chosen == "chisquare":
        return _chisquare(pair.baseline, pair.current, pair.few, where, n)
    if not pair.baseline:
        return Metric(name, None, where, n=n, reason="the values lie too close together to cut into bins")
    distance = psi if chosen == "psi" else jensenshannon
    return Metric(name, distance(shares(pair.baseline, pair.n_baseline), shares(pair.current, pair.n_current)), where, n=n)


def _stored(old: Column, new: Column, method: str, where: dict[str, str]) -> Metric:
    name, chosen, n = _name(method, old, "baseline"), _method(method, old), new.valid
    if old.values is not None and (new.values is not None or old.kind != NUMERIC):
        if new.values is None:
            return Metric(name, None, where, n=n, reason="too many different values to count")
        keys = sorted(old.values.keys() | new.values.keys())
        before, after = ([side.values.get(key, 0) for key in keys] for side in (old, new) if side.values is not None)
        if chosen in ("psi", "jensenshannon"):
            distance = psi if chosen == "psi" else jensenshannon
            return Metric(name, distance(shares(before, old.valid), shares(after, n)), where, n=n, error_bound=0.0)
        if chosen == "chisquare":
            return _chisquare(before, after, True, where, n, bound=0.0)
    if old.kind != NUMERIC:
        return Metric(name, None, where, n=n, reason="too many different values to count")
    return _binned(old, new, chosen, where)


def _chisquare(before: Sequence[int], after: Sequence[int], few: bool, where: dict[str, str], n: int, *,
               bound: float | None = None) -> Metric:
    p = chisquare_p(before, after) if few else None
    reason = "a label of the current data is not in the baseline" if few else "a test for categories, not for numbers"
    known = p is not None
    return Metric("chisquare_p", p, where, n=n, p=p, reason=None if known else reason, error_bound=bound if known else None)


def _binned(old: Column, new: Column, chosen: str, where: dict[str, str]) -> Metric:
    n = new.valid
    if chosen == "ks":
        distance, bound = _ks(old, new)
        return Metric("ks_distance", distance, where, n=n, error_bound=bound)
    if chosen == "wasserstein":
        distance, bound = _wasserstein(old, new)
        return Metric("wasserstein", distance, where, n=n, error_bound=bound)
    if chosen == "chisquare":
        return _chisquare((), (), False, where, n)
    before, after = _deciles(old, new)
    measure = psi if chosen == "psi" else jensenshannon
    return Metric(chosen, measure(shares(before, old.valid), shares(after, n)), where, n=n, error_bound=0.0)


def _deciles(old: Column, new: Column) -> tuple[list[int], list[int]]:
    """Counts of both sides on about ten bins of equal baseline mass, outer bins open."""
    before, after = list(old.counts), list(new.counts)
    groups: tuple[list[int], list[int]] = ([0], [0])
    for index in range(len(before)):
        groups[0][-1] += before[index]
        groups[1][-1] += after[index]
        if groups[0][-1] >= old.valid / 10 and index < len(before) - 2:
            groups[0].append(0)
            groups[1].append(0)
    return groups


def _cumulative(column: Column) -> list[float]:
    total, found = 0, []
    for count in column.counts:
        total += count
        found.append(total / column.valid)
    return found


def _ks(old: Column, new: Column) -> tuple[float, float]:
    """Largest distance at the stored edges; inside a bin it can be larger by the fuller side's mass."""
    f, g = _cumulative(old), _cumulative(new)
    bound = max(max(b / old.valid, c / new.valid) for b, c in zip(old.counts, new.counts, strict=True))
    return max(abs(a - b) for a, b in zip(f, g, strict=True)), bound


def _wasserstein(old: Column, new: Column) -> tuple[float, float]:
    """Area between the distribution functions, straight inside bins, over the baseline's deviation.

    Inside a bin both functions stay between their values at its edges, so the area is wrong by at
    most the bin's width times the two masses.
    """
    assert old.low is not None and old.high is not None  # noqa: S101 - the side has usable values
    assert new.low is not None and new.high is not None  # noqa: S101 - the side has usable values
    inner = old.edges if len(old.edges) > 1 else old.edges * 2  # a single value is a bin without width
    edges = [min(old.low, new.low), *inner, max(old.high, new.high)]
    f, g = [0.0, *_cumulative(old)], [0.0, *_cumulative(new)]
    area = bound = 0.0
    for index in range(len(edges) - 1):
        width = edges[index + 1] - edges[index]
        area += width * _between(f[index] - g[index], f[index + 1] - g[index + 1])
        bound += width * (old.counts[index] / old.valid + new.counts[index] / new.valid)
    norm = max(old.std or 0.0, 0.001)
    return area / norm, bound / norm


def _between(left: float, right: float) -> float:
    """Mean of the absolute value of a straight line."""
    if left * right >= 0:
        return (abs(left) + abs(right)) / 2
    return (left * left + right * right) / (2 * (abs(left) + abs(right)))


def _drifted(rows: Sequence[Metric]) -> Metric:
    unknown = sum(row.value is None for row in rows)
    if unknown:
        return Metric("drifted_share", None, n=len(rows), reason=f"{unknown} of {len(rows)} columns could not be compared")
    judged = [row for row in rows if row.name in _THRESHOLDS]
    drifted = [row for row in judged if _beyond(row)]
    if not judged:
        return Metric("drifted_share", None, n=len(rows), judged=False, reason="no method here has a default threshold")
    return Metric("drifted_share", len(drifted) / len(judged), n=len(judged))


def _beyond(row: Metric) -> bool:
    limit = _THRESHOLDS[row.name]
    if row.value is None:
        return False
    return row.value < limit if row.name.endswith("_p") else row.value >= limit
