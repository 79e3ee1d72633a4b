"""A table as pandas would see it: for each column its kind, its values and which of them are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

EXACT = 2**53
"""Whole numbers up to here are exact as float64, which pandas makes of them where some are missing."""

WHOLE, REAL, TRUTH, TEXT = "whole", "real", "truth", "text"
NUMBERS = (WHOLE, REAL)

CATEGORY = "category"
"""The dtype of texts that are stored as a dictionary; pandas compares such columns with each other by rules of its own."""


@dataclass(frozen=True)
class Values:
    """One column.

    Attributes:
        kind: whole, real, truth or text.
        all: one entry a row: int64, float64, bool, or for texts the place in `texts`; arbitrary where missing.
        missing: rows without a value; NaN is none.
        texts: the different texts.
        dtype: the pandas dtype; `object` for texts and for truth values with gaps, `category` for texts in a dictionary.
    """

    kind: str
    all: np.ndarray[Any, Any]
    missing: np.ndarray[Any, np.dtype[np.bool_]]
    texts: tuple[str, ...] = ()
    dtype: str = "object"

    @cached_property
    def present(self) -> np.ndarray[Any, Any]:
        """The values that are there, in row order."""
        return self.all[~self.missing] if self.gaps else self.all

    @cached_property
    def gaps(self) -> int:
        """How many are missing."""
        return int(self.missing.sum())

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.missing)

    def plain(self) -> list[Any]:
        """Python values, None where missing."""
        pairs = zip(self.all.tolist(), self.missing.tolist(), strict=True)
        return [None if gap else self.texts[value] if self.kind == TEXT else value for value, gap in pairs]


class Frame:
    """A table, or the columns of it that are asked for.

    Args:
        table: the columns at hand.
        names: of all columns of the data set; those of the table by default.
    """

    def __init__(self, table: pa.Table, names: Sequence[str] | None = None) -> None:
        self._table = table
        self.names = tuple(table.column_names if names is None else names)
        self._seen: dict[str, Values | None] = {}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self._table.num_rows)

    def values(self, name: str) -> Values | None:
        """A column whose values are numbers, truth values or texts; None for any other, and for one that is not there."""
        if name not in self._seen:
            self._seen[name] = _values(self._table[name]) if self._one(name) else None
        return self._seen[name]

    def gaps(self, name: str) -> int | None:
        """How many values of a column are missing, whatever its kind; None if that cannot be told."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._one(name):
            return None
        column: Any = self._table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_nested(column.type) or isinstance(column.type, pa.BaseExtensionType):
            return None
        return int(pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0)

    def _one(self, name: str) -> bool:
        return self._table.column_names.count(name) == 1 and self.names.count(name) == 1


def _values(column: pa.ChunkedArray[Any]) -> Values | None:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_integer(kind):
        return _whole(column)
    if pa.types.is_float64(kind):
        return _real(column)
    if pa.types.is_boolean(kind):
        return _truth(column)
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        return replace(_text(column.cast(kind.value_type)), dtype=CATEGORY)
    return _text(column) if _is_text(kind) else None


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _whole(column: Any) -> Values | None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    extremes: Any = pc.min_max(column)
    least, most = extremes["min"].as_py(), extremes["max"].as_py()
    if least is not None and not -EXACT < least <= most < EXACT:
        return None
    values = column.fill_null(0).cast(pa.int64()).to_numpy()
    return Values(WHOLE, values, _missing(column), dtype="float64" if column.null_count else np.dtype(str(column.type)).name)


def _real(column: Any) -> Values:
    import numpy as np

    values = column.fill_null(float("nan")).to_numpy()
    return Values(REAL, values, np.isnan(values), dtype="float64")


def _truth(column: Any) -> Values:
    import numpy as np

    values = np.asarray(column.fill_null(False).to_numpy(), dtype=np.bool_)
    return Values(TRUTH, values, _missing(column), dtype="object" if column.null_count else "bool")


def _text(column: Any) -> Values:
    import numpy as np

    encoded = column.combine_chunks().dictionary_encode()
    places = np.asarray(encoded.indices.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
    return Values(TEXT, places, _missing(column), tuple(encoded.dictionary.to_pylist()))


def _missing(column: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.asarray(column.is_null().to_numpy(), dtype=np.bool_)
