"""Columns of free text: what a profile has of one is how long its texts are; not a word of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .profile import CATEGORICAL, Column

if TYPE_CHECKING:
    import numpy as np

    from .columns import Columns

TEXT = "text"
"""Role of such a column."""

FEWEST, SHARE = 20, 10
"""A free text has at least so many different values, and one for so many rows; what has fewer is a category, whose labels are compared."""


def text_lengths(table: Columns, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Characters of each text, NaN where there is none.

    Raises:
        DataError: the column holds no texts, or so few different ones that they are labels: those must be compared as such.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table[name]
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        raise DataError(f"it holds {values.type}, and data.columns.texts names it; expected texts")
    different, there = pc.count_distinct(values, mode="only_valid").as_py(), len(values) - values.null_count
    least = max(min(FEWEST, there / 2), there / SHARE)
    if different < least:
        raise DataError(f"it has {different} different values in {there} rows, so it is a category and no free text; expected at least {least:.0f}: "
                        "take it out of data.columns.texts, and drift is that of its labels")
    found: np.ndarray[Any, np.dtype[np.float64]] = pc.utf8_length(values).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.float64)


def as_text(lengths: Column) -> Column:
    """A column of lengths as the profile has it: no number, so nobody takes it for the text's own value."""
    return replace(lengths, kind=CATEGORICAL, distinct=None if lengths.valid else 0, values=None)
