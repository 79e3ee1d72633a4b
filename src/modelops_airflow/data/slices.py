"""Slices: outcomes of the rows of each label of a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DataError
from .columns import Columns
from .few import few_numbers
from .gather import whole_columns
from .outcomes import outcomes
from .profile import NUMERIC, TIME, Outcomes, Slice, Slices
from .values import FEW_VALUES, kind_of, labels

MOST_SLICES = 200
"""Labels that a column of texts may have to be sliced by; numbers may have as many as are counted one by one."""

_WIDTH = 80
"""Bytes a row: truth, prediction, score and label, as they are and in the order of slices, and how to get there."""


def slices(table: Columns, roles: Mapping[str, str], columns: Sequence[str], whole: Outcomes | None) -> dict[str, Slices]:
    """The slices of each column, or why there are none.

    Args:
        whole: outcomes of all rows; their task and positive label hold for every slice, whatever labels it has.

    Raises:
        DataError: the columns do not fit into memory.
    """
    return {name: _sliced(table, roles, name, whole) for name in columns}


def _sliced(table: Columns, roles: Mapping[str, str], name: str, whole: Outcomes | None) -> Slices:
    import numpy as np

    if whole is None:
        return Slices(reason="the data has no labels or no predictions")
    if name not in table.column_names:
        return Slices(reason=f"the data has no column {name!r}")
    kind = kind_of(table.schema.field(name))
    if kind == TIME:
        return Slices(reason=f"column {name!r} holds times; expected labels")
    if kind == NUMERIC and not few_numbers(table, name):
        return Slices(reason=f"column {name!r} has no numbers or more than {FEW_VALUES} different ones; expected labels or bands")
    answers = [one for one in table.column_names if roles.get(one) in ("target", "prediction", "score")]
    rows = whole_columns(table, dict.fromkeys([name, *answers]), _WIDTH, f"slicing by column {name!r}")
    try:
        names, codes = labels(rows[name])
    except DataError as error:
        return Slices(reason=f"column {name!r} cannot be read as labels: {error}")
    counts = np.bincount(codes, minlength=len(names))
    there = np.flatnonzero(counts).tolist()  # coded texts may have labels that no row has
    if len(there) > MOST_SLICES:
        return Slices(reason=f"column {name!r} has {len(there)} different values; expected at most {MOST_SLICES}")
    ordered = rows.select(answers).take(np.argsort(codes, kind="stable"))
    starts = np.cumsum(counts) - counts
    some = {names[code]: ordered.slice(int(starts[code]), int(counts[code])) for code in there}
    found = [(label, part.num_rows, outcomes(part, roles, whole)) for label, part in some.items()]
    return Slices(tuple(Slice(label, size, one) for label, size, one in found if one is not None))
