"""The scan: a table in, its profile out.

Columns are read part by part and counted, so memory does not grow with rows; what asks for the order of numbers (own
bin edges, the median and the ranks of the score) holds one column of them at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns, chunks, parts
from .counted import Counted
from .few import few_numbers
from .gather import finite_numbers
from .groups import group_tables
from .median import median_of
from .outcomes import outcomes
from .profile import KEY, NUMERIC, OTHER, TIME, Column, Profile
from .tally import Tally
from .texts import TEXT, as_text, text_lengths
from .values import kind_of, numbers

if TYPE_CHECKING:
    import numpy as np

BINS = 200
"""Inner bins of a stored baseline: quantiles, so that each holds about half a percent."""


def scan(
    table: Columns,
    roles: Mapping[str, str],
    *,
    protected: Sequence[str] = (),
    favourable: str = "",
    edges: Mapping[str, Sequence[float]] | None = None,
    median: float | None = None,
) -> Profile:
    """Scan a table: each column once, those of groups and outcomes again for these.

    Args:
        table: all rows of one side, predictions included.
        roles: column -> role; columns with role `ignore` are left out.
        protected: columns whose groups are tabled, alone and all together.
        favourable: label that is good for the person; empty: groups are tabled by their scores only.
        edges: bin edges of the baseline; None makes them from this table.
        median: of the scores of the whole that this table is a part of; None takes this table's own.

    Raises:
        DataError: a column holds neither numbers, categories, times nor lists, or lists where labels are due, or numbers too large to add,
            or does not fit into memory.
    """
    columns = {}
    for name in table.column_names:
        if roles.get(name) == "ignore":
            continue
        stored = None if edges is None else edges.get(name, ())
        try:
            columns[name] = _column(table, name, roles.get(name, ""), stored)
        except (DataError, ValueError, OverflowError) as error:
            raise DataError(f"column {name!r} cannot be described: {error}; mend it or name it under data.columns.ignore") from None
    middle = median_of(table, roles, median) if protected else None
    return Profile(
        rows=table.num_rows,
        columns=columns,
        groups=group_tables(table, roles, protected, favourable, middle) if protected else {},
        outcomes=outcomes(table, roles),
        median=middle,
    )


def edges_of(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The stored bin edges of a profile."""
    return {name: column.edges for name, column in profile.columns.items() if column.edges}


def _column(table: Columns, name: str, role: str, edges: Sequence[float] | None) -> Column:
    if role == TEXT:
        return as_text(_lengths(table, name, edges))
    kind = OTHER if role == KEY else kind_of(table.schema.field(name))
    if kind == TIME or (kind == OTHER and role in ("feature", KEY)):  # in another role a list is taken for a label, which it is not
        return Column(kind, table.num_rows, sum(chunk.null_count for chunk in chunks(table, name)))
    if kind == NUMERIC and not (role in ("target", "prediction") and few_numbers(table, name)):
        return _on_own_edges(table, name) if edges is None else _on_edges(table, name, edges)
    counted = Counted()
    for part in parts(table, [name]):
        counted.add(part[name])
    return counted.column()


def _lengths(table: Columns, name: str, edges: Sequence[float] | None) -> Column:
    import numpy as np

    lengths = text_lengths(table, name)
    if edges is None:
        ordered = np.sort(lengths[~np.isnan(lengths)])
        distinct = len(set(ordered.tolist()))
        edges = [float(edge) for edge in quantile_edges(ordered, distinct)] if distinct else ()
    tally = Tally(edges)
    tally.add(lengths)
    return tally.column()


def _on_edges(table: Columns, name: str, edges: Sequence[float]) -> Column:
    tally = Tally(edges)
    for chunk in chunks(table, name):
        tally.add(numbers(chunk))
    return tally.column()


def _on_own_edges(table: Columns, name: str) -> Column:
    """On edges made from the numbers themselves, which takes all of them at once."""
    values, nulls, infinite = finite_numbers(table, name, "sorting for the bin edges")
    values.sort()
    distinct = 1 + int((values[1:] != values[:-1]).sum()) if len(values) else 0
    tally = Tally([float(edge) for edge in quantile_edges(values, distinct)] if distinct else ())
    tally.add(values)
    tally.add_unusable(nulls, infinite)
    return tally.column(distinct)


def quantile_edges(ordered: np.ndarray[Any, Any], distinct: int) -> np.ndarray[Any, Any]:
    """Edges of about equally full bins of sorted values; first and last are the extremes."""
    import numpy as np

    found = ordered[quantile_places(len(ordered), distinct)]
    return np.asarray(found[np.append(True, found[1:] != found[:-1])] + 0.0)  # of zero there is one; np.unique would import numpy.ma


def quantile_places(n: int, distinct: int) -> np.ndarray[Any, Any]:
    """Where in n sorted values the edges lie."""
    import numpy as np

    return np.linspace(0, n - 1, min(BINS, distinct) + 1).round().astype(np.int64)
