"""The scan: a table in, its profile out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .groups import group_tables, outcome_masks
from .median import above_median
from .outcomes import outcomes
from .profile import NUMERIC, TIME, Column, Profile
from .values import UNKNOWN, exact_sum, kind_of, labels, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

BINS = 200
"""Inner bins of a stored baseline: quantiles, so that each holds about half a percent."""

MANY_VALUES = 1000
FEW_VALUES = 20


def scan(
    table: pa.Table,
    roles: Mapping[str, str],
    *,
    protected: Sequence[str] = (),
    favourable: str = "",
    edges: Mapping[str, Sequence[float]] | None = None,
    median: float | None = None,
) -> Profile:
    """Scan a table once.

    Args:
        table: all rows of one side, predictions included.
        roles: column -> role; columns with role `ignore` are left out.
        protected: columns whose groups are tabled, alone and all together.
        favourable: label that is good for the person; empty: groups are tabled by their scores only.
        edges: bin edges of the baseline; None makes them from this table.
        median: of the scores of the whole that this table is a part of; None takes this table's own.

    Raises:
        DataError: a column holds neither numbers, categories nor times, or numbers too large to add.
    """
    columns = {}
    for name in table.column_names:
        if roles.get(name) == "ignore":
            continue
        stored = None if edges is None else edges.get(name, ())
        try:
            columns[name] = _column(table[name], stored, as_label=roles.get(name) in ("target", "prediction"))
        except (DataError, ValueError, OverflowError) as error:
            raise DataError(f"column {name!r} cannot be described: {error}; mend it or name it under data.columns.ignore") from None
    middle, above = above_median(table, roles, median) if protected else (None, None)
    masks = outcome_masks(table, roles, favourable) if protected else {}
    if above is not None:
        masks["above"] = above
    return Profile(
        rows=table.num_rows,
        columns=columns,
        groups=group_tables(table, protected, masks) if masks or middle is not None else {},
        outcomes=outcomes(table, roles),
        median=middle,
    )


def edges_of(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The stored bin edges of a profile."""
    return {name: column.edges for name, column in profile.columns.items() if column.edges}


def _column(values: pa.ChunkedArray[Any], edges: Sequence[float] | None, *, as_label: bool) -> Column:
    kind = kind_of(values)
    if kind == TIME:
        return Column(kind, len(values), values.null_count)
    if kind != NUMERIC:
        return _categorical(values)
    finite, nulls, infinite = _usable(numbers(values))
    if as_label and len(finite) and len(_distinct(finite)) <= FEW_VALUES:
        return _categorical(values)
    return _numeric(finite, nulls, infinite, edges)


def _categorical(values: pa.ChunkedArray[Any]) -> Column:
    import numpy as np

    names, codes = labels(values)
    counted = dict(zip(names, (int(n) for n in np.bincount(codes, minlength=len(names))), strict=True))
    nulls = counted.pop(UNKNOWN, 0)
    few = dict(sorted(counted.items(), key=lambda item: sort_key(item[0]))) if len(counted) <= MANY_VALUES else None
    return Column("categorical", len(values), nulls, distinct=len(counted), values=few)


def _usable(values: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], int, int]:
    import numpy as np

    nulls = int(np.isnan(values).sum())
    infinite = int(np.isinf(values).sum())
    return (values[np.isfinite(values)] if nulls or infinite else values), nulls, infinite


def _distinct(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.unique(values)


def _numeric(finite: np.ndarray[Any, Any], nulls: int, infinite: int, edges: Sequence[float] | None) -> Column:
    import numpy as np

    total = len(finite) + nulls + infinite
    if not len(finite):
        return Column(NUMERIC, total, nulls, infinite)
    ordered = np.sort(finite)
    unique, counts = np.unique(ordered, return_counts=True)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = exact_sum(finite) / len(finite)
        deviation = finite - mean
        std = float(np.sqrt(exact_sum(deviation * deviation) / len(finite)))
    if not np.isfinite(mean + std):
        raise DataError("its numbers are too large to add")
    used = quantile_edges(ordered, len(unique)) if edges is None else np.asarray(edges, dtype=np.float64)
    binned, sums = _histogram(ordered, used)
    few = None
    if len(unique) <= FEW_VALUES:
        few = {f"{value:.17g}": int(count) for value, count in zip(unique, counts, strict=True)}
    return Column(
        kind=NUMERIC, n=total, nulls=nulls, infinite=infinite, distinct=len(unique),
        low=float(ordered[0]), high=float(ordered[-1]), mean=mean,
        std=std,
        values=few, edges=tuple(float(edge) for edge in used), counts=binned, sums=sums,
    )


def quantile_edges(ordered: np.ndarray[Any, Any], distinct: int) -> np.ndarray[Any, Any]:
    """Edges of about equally full bins of sorted values; first and last are the extremes."""
    import numpy as np

    count = min(BINS, distinct)
    places = np.linspace(0, len(ordered) - 1, count + 1).round().astype(np.int64)
    return np.unique(ordered[places])


def _histogram(ordered: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Counts with one bin before and one behind the edges, and sums of the inner bins; exact at edges."""
    import numpy as np

    if not len(edges):
        return (), ()
    places = np.searchsorted(ordered, edges, side="left")
    last = int(np.searchsorted(ordered, edges[-1], side="right"))
    cuts = [*(int(place) for place in places[:-1]), last]
    inner = [cuts[i + 1] - cuts[i] for i in range(len(cuts) - 1)]
    sums = tuple(exact_sum(ordered[cuts[i] : cuts[i + 1]]) for i in range(len(cuts) - 1))
    if len(edges) == 1:
        return (int(places[0]), last - int(places[0]), len(ordered) - last), (exact_sum(ordered[int(places[0]) : last]),)
    return (cuts[0], *inner, len(ordered) - last), sums
