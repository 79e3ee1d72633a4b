"""Slices: outcomes of the rows of each label of a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .few import few_numbers
from .gather import whole_columns
from .maturity import Maturity
from .outcomes import outcomes
from .profile import NUMERIC, OTHER, TIME, Outcomes, Slice, Slices
from .times import NEVER, as_array, microseconds, since_1970
from .values import FEW_VALUES, kind_of, labels

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_SLICES = 200
"""Labels that a column of texts may have to be sliced by; numbers may have as many as are counted one by one."""

_WIDTH = 80
"""Bytes a row: truth, prediction, score and label, as they are and in the order of slices, and how to get there."""


def slices(table: Columns, roles: Mapping[str, str], columns: Sequence[str], whole: Outcomes | None,
           maturity: Maturity | None = None) -> dict[str, Slices]:
    """The slices of each column, or why there are none.

    Args:
        whole: outcomes of all rows; their task and positive label hold for every slice, whatever labels it has.
        maturity: which rows are mature; None: all are.

    Raises:
        DataError: the columns do not fit into memory.
    """
    return {name: _sliced(table, roles, name, whole, maturity) for name in columns}


def _sliced(table: Columns, roles: Mapping[str, str], name: str, whole: Outcomes | None, maturity: Maturity | None) -> Slices:
    if whole is None:
        return Slices(reason="the data has no labels or no predictions")
    if name not in table.column_names:
        return Slices(reason=f"the data has no column {name!r}")
    kind = kind_of(table.schema.field(name))
    if kind == TIME:
        return Slices(reason=f"column {name!r} holds times; expected labels")
    if kind == OTHER:
        return Slices(reason=f"column {name!r} holds lists; expected labels")
    if kind == NUMERIC and not few_numbers(table, name):
        return Slices(reason=f"column {name!r} has no numbers or more than {FEW_VALUES} different ones; expected labels or bands")
    rows = rows_to_cut(table, roles, name, maturity)
    try:
        names, codes = labels(rows[name])
    except DataError as error:
        return Slices(reason=f"column {name!r} cannot be read as labels: {error}")
    return cut(rows, roles, names, codes, whole, f"column {name!r}", maturity)


def rows_to_cut(table: Columns, roles: Mapping[str, str], name: str, maturity: Maturity | None) -> pa.Table:
    """A column with the truth and its answers, and what tells which rows are mature.

    Raises:
        DataError: they do not fit into memory.
    """
    answers = [one for one in table.column_names if roles.get(one) in ("target", "prediction", "score")]
    dates = [maturity.time] if maturity is not None else []
    return whole_columns(table, dict.fromkeys([name, *answers, *dates]), _WIDTH, f"slicing by column {name!r}")


def cut(
    rows: pa.Table, roles: Mapping[str, str], names: Sequence[str], codes: np.ndarray[Any, Any], whole: Outcomes, what: str, maturity: Maturity | None
) -> Slices:
    """The slices of rows that are coded already, or why there are none.

    Args:
        names: labels, in the order that slices come in; codes: each row's index into them.
        what: the rows are cut by, for the reason.
    """
    import numpy as np

    every = np.bincount(codes, minlength=len(names))
    there = np.flatnonzero(every).tolist()  # coded texts may have labels that no row has
    if len(there) > MOST_SLICES:
        return Slices(reason=f"{what} has {len(there)} different values; expected at most {MOST_SLICES}")
    if maturity is not None:
        times, _zone = microseconds(rows[maturity.time], maturity.time)
        mature = as_array(times, NEVER) <= since_1970(datetime.fromisoformat(maturity.matured))
        rows, codes = rows.take(np.flatnonzero(mature)), codes[mature]
    counts = np.bincount(codes, minlength=len(names))
    answers = [one for one in rows.column_names if roles.get(one) in ("target", "prediction", "score")]
    ordered = rows.select(answers).take(np.argsort(codes, kind="stable"))
    starts = np.cumsum(counts) - counts
    some = {code: ordered.slice(int(starts[code]), int(counts[code])) for code in there}
    found = [(code, part.num_rows, outcomes(part, roles, whole)) for code, part in some.items()]
    return Slices(tuple(Slice(names[code], size, one, int(every[code]) - size) for code, size, one in found if one is not None))
