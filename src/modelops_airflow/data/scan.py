"""The scan: a table in, its profile out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .few import Few
from .groups import group_tables, outcome_masks
from .median import above_median
from .outcomes import outcomes
from .profile import NUMERIC, TIME, Column, Profile
from .tally import Tally
from .values import MANY_VALUES, UNKNOWN, Coded, kind_of, labels, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

BINS = 200
"""Inner bins of a stored baseline: quantiles, so that each holds about half a percent."""

_ASKED_AGAIN = ("target", "prediction", "protected")
"""Roles whose labels groups and outcomes need too; those of other columns are not kept."""


def scan(
    table: Columns,
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
    columns, coded = {}, Coded(table)
    for name in table.column_names:
        if roles.get(name) == "ignore":
            continue
        stored = None if edges is None else edges.get(name, ())
        try:
            columns[name] = _column(coded, name, roles.get(name, ""), stored)
        except (DataError, ValueError, OverflowError) as error:
            raise DataError(f"column {name!r} cannot be described: {error}; mend it or name it under data.columns.ignore") from None
    middle, above = above_median(table, roles, median) if protected else (None, None)
    masks = outcome_masks(coded, roles, favourable) if protected else {}
    if above is not None:
        masks["above"] = above
    return Profile(
        rows=table.num_rows,
        columns=columns,
        groups=group_tables(coded, protected, masks) if masks or middle is not None else {},
        outcomes=outcomes(coded, roles),
        median=middle,
    )


def edges_of(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The stored bin edges of a profile."""
    return {name: column.edges for name, column in profile.columns.items() if column.edges}


def _column(coded: Coded, name: str, role: str, edges: Sequence[float] | None) -> Column:
    values = coded.table[name]
    kind = kind_of(values)
    if kind == TIME:
        return Column(kind, len(values), values.null_count)
    if kind != NUMERIC:
        return _categorical(*(coded[name] if role in _ASKED_AGAIN else labels(values)))
    if role in ("target", "prediction") and _few(numbers(values)):
        return _categorical(*coded[name])
    return _numeric(values, edges)


def _few(values: np.ndarray[Any, Any]) -> bool:
    """Whether there are numbers, and few different ones."""
    import numpy as np

    few, finite = Few(), values[np.isfinite(values)]
    few.add(finite)
    return bool(len(finite)) and not few.many


def _categorical(names: Sequence[str], codes: np.ndarray[Any, Any]) -> Column:
    import numpy as np

    counted = dict(zip(names, (int(n) for n in np.bincount(codes, minlength=len(names))), strict=True))
    nulls = counted.pop(UNKNOWN, 0)
    few = dict(sorted(counted.items(), key=lambda item: sort_key(item[0]))) if len(counted) <= MANY_VALUES else None
    return Column("categorical", len(codes), nulls, distinct=None if few is None else len(counted), values=few)


def _numeric(values: pa.ChunkedArray[Any], edges: Sequence[float] | None) -> Column:
    distinct = None
    if edges is None:
        edges, distinct = _own_edges(numbers(values))
    tally = Tally(edges)
    for chunk in values.chunks:
        tally.add(numbers(chunk))
    return tally.column(distinct)


def _own_edges(values: np.ndarray[Any, Any]) -> tuple[tuple[float, ...], int]:
    """Edges made from the numbers themselves, and how many different ones there are."""
    import numpy as np

    ordered = np.sort(values[np.isfinite(values)])
    if not len(ordered):
        return (), 0
    distinct = 1 + int((ordered[1:] != ordered[:-1]).sum())
    return tuple(float(edge) for edge in quantile_edges(ordered, distinct)), distinct


def quantile_edges(ordered: np.ndarray[Any, Any], distinct: int) -> np.ndarray[Any, Any]:
    """Edges of about equally full bins of sorted values; first and last are the extremes."""
    import numpy as np

    return np.unique(ordered[quantile_places(len(ordered), distinct)])


def quantile_places(n: int, distinct: int) -> np.ndarray[Any, Any]:
    """Where in n sorted values the edges lie."""
    import numpy as np

    return np.linspace(0, n - 1, min(BINS, distinct) + 1).round().astype(np.int64)
