"""Whole columns: for what needs the order of numbers or rows, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .columns import Columns, chunks
from .room import needs
from .values import numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Numbers = np.ndarray[Any, Any]

WIDTH = 8
"""Bytes of a number."""

INSTEAD = "give it more memory, or take a sample of the rows"


def finite_numbers(table: Columns, name: str, why: str) -> tuple[Numbers, int, int]:
    """The finite numbers of a column in the order of rows, how many are missing, and how many infinite.

    Args:
        why: what they are for, for the message.

    Raises:
        DataError: the values are no numbers, or do not fit into memory.
    """
    import numpy as np

    needs(WIDTH * table.num_rows, f"{why} of column {name!r} ({table.num_rows:,} rows)", INSTEAD)
    found, place, nulls, infinite = np.empty(table.num_rows), 0, 0, 0
    for chunk in chunks(table, name):
        values = numbers(chunk)
        kept = np.isfinite(values)
        if not kept.all():
            missing = int(np.isnan(values).sum())
            nulls += missing
            infinite += len(values) - int(kept.sum()) - missing
            values = values[kept]
        found[place : place + len(values)] = values
        place += len(values)
    return found[:place], nulls, infinite


def whole_columns(table: Columns, names: Iterable[str], width: int, why: str) -> pa.Table:
    """Some columns of all rows; a name may come twice.

    Args:
        width: bytes a row that what is done with them takes, about, these columns included.
        why: what they are for, for the message.

    Raises:
        DataError: they do not fit into memory.
    """
    import pyarrow as pa

    needs(width * table.num_rows, f"{why} ({table.num_rows:,} rows)", INSTEAD)
    return pa.table({name: table[name] for name in names})
