"""The scan of rows that stay in the warehouse: the same profile, from aggregate queries.

Counts are those of `data/scan.py` to the last row. Sums of numbers are the database's own in floats: they have no
exact `sums`, and mean, deviation and the sums of outcomes may differ in their last digits (docs/how-to/check-data-in-a-warehouse.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..profile import Profile
from .columns import describe
from .groups import conditions, group_tables, median_of
from .outcomes import outcomes
from .rows import Rows


def scan_rows(
    rows: Rows,
    roles: Mapping[str, str],
    *,
    protected: Sequence[str] = (),
    favourable: str = "",
    edges: Mapping[str, Sequence[float]] | None = None,
) -> Profile:
    """Count the rows of a query where they are.

    Args:
        rows: the query in an open session.
        roles: column -> role; columns with role `ignore` are left out.
        protected: columns whose groups are tabled, alone and all together.
        favourable: label that is good for the person; empty: groups are tabled by their scores only.
        edges: bin edges of the baseline; None makes them from these rows.

    Raises:
        DataError: a column cannot be described, the query fails, or the rows changed meanwhile.
    """
    here = {name: role for name, role in roles.items() if name in rows.kinds}
    columns = describe(rows, here, edges)
    median = median_of(rows, here) if protected else None
    counted = conditions(rows, here, favourable, median) if protected else {}
    return Profile(
        rows=rows.count,
        columns=columns,
        groups=group_tables(rows, protected, counted) if counted or median is not None else {},
        outcomes=outcomes(rows, here),
        median=median,
    )
