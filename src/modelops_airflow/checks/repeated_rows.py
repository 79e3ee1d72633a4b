"""Rows that are there twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Metric
from .profiled_rows import read_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset


def repeated_rows(profiles: Profiles, dataset: Dataset | None, side: str, columns: Sequence[str]) -> Metric:
    """Share of rows that are the same as one before in these columns, as pandas' `duplicated` counts them: missing equals missing.

    Columns that are not in the data, which the model made, are left out.

    Raises:
        CheckError: there are no rows to read, they have changed since, or a column holds lists or the like.
    """
    import pyarrow as pa

    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and duplicate_rows asks for them")
    table, _ = read_columns(profiles, dataset, side, columns)
    if not table.num_columns:
        raise CheckError(f"{dataset.name} has none of the columns that were profiled")
    try:
        table = pa.table({name: _comparable(table[name]) for name in table.column_names})
        different = table.group_by(table.column_names, use_threads=False).aggregate([]).num_rows
    except pa.ArrowException as error:
        raise CheckError(f"duplicate rows cannot be counted: {str(error).splitlines()[0]}; name the column under data.columns.ignore") from None
    return Metric("duplicate_rows_share", (table.num_rows - different) / table.num_rows, n=table.num_rows)


def _comparable(values: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """Of zero there is one, and NaN is missing, as in the profile; Arrow groups by bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(values.type):
        return values
    plain: Any = pc.add(values.cast(pa.float64()), 0.0)
    found: pa.ChunkedArray[Any] = pc.if_else(pc.is_nan(plain), pa.scalar(None, pa.float64()), plain)
    return found
