"""Values of an Arrow column as NumPy arrays and as labels."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .profile import CATEGORICAL, NUMERIC, TIME

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

UNKNOWN = "(unknown)"
"""Label of a missing category: counted, never imputed."""

FEW_VALUES, MANY_VALUES = 20, 1000
"""So many different numbers are also counted one by one, as categories are; of categories at most so many are listed."""

_BLOCK = 65_536


def kind_of(column: pa.ChunkedArray[Any]) -> str:
    """numeric, categorical or time, by Arrow type."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return NUMERIC
    return TIME if pa.types.is_temporal(kind) else CATEGORICAL


def numbers(column: pa.ChunkedArray[Any] | pa.Array[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Float64 values, NaN where missing; whole numbers beyond 2**53 are rounded.

    Raises:
        DataError: the values are no numbers.
    """
    import numpy as np
    import pyarrow as pa

    exact: Any = column.cast(pa.string()) if pa.types.is_decimal(column.type) else column  # Arrow's own cast is a bit off: 9288.13 becomes 9288.130000000001
    try:
        cast: Any = exact.cast(pa.float64(), safe=False)
    except pa.ArrowException:
        raise DataError(f"values of type {column.type} are no numbers") from None
    return np.asarray(cast.to_numpy(zero_copy_only=False), dtype=np.float64)


def label(value: Any) -> str:
    """A category as text: whole numbers without a fraction, booleans in lower case; infinity is no category."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value == UNKNOWN:
        return repr(value)  # somebody's own text is a category like any other
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.is_finite() else UNKNOWN
    return str(value)


def labels(column: pa.ChunkedArray[Any]) -> tuple[list[str], np.ndarray[Any, np.dtype[np.int32]]]:
    """Labels in sorted order, and each row's index into them."""
    import numpy as np
    import pyarrow as pa

    encoded: Any = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        try:
            encoded = encoded.dictionary_encode(null_encoding="encode")
        except pa.ArrowException:
            raise DataError(f"values of type {column.type} are no categories") from None
    names = [label(value) for value in encoded.dictionary.to_pylist()]
    codes = np.asarray(encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False))
    if len(codes) and codes.max() == len(names):
        names.append(UNKNOWN)
    order = sorted(set(names), key=sort_key)
    index = {name: number for number, name in enumerate(order)}
    place = np.array([index[name] for name in names], dtype=np.int32)
    return order, place[codes]


class Coded:
    """The labels of a table's columns, each coded once however many ask."""

    def __init__(self, table: Columns) -> None:
        self.table = table
        self._coded: dict[str, tuple[list[str], np.ndarray[Any, np.dtype[np.int32]]]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.table.column_names

    def __getitem__(self, name: str) -> tuple[list[str], np.ndarray[Any, np.dtype[np.int32]]]:
        """`labels` of a column."""
        if name not in self._coded:
            self._coded[name] = labels(self.table[name])
        return self._coded[name]


def sort_key(text: str) -> tuple[int, float, str]:
    """Numbers by size, then texts; so that label 10 sorts behind label 9."""
    try:
        number = float(text)
    except ValueError:
        return (1, 0.0, text)
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)


def exact_sum(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Sum in row order: blocks of fixed size, then correctly rounded. The same whatever the threads."""
    import numpy as np

    return math.fsum(float(np.add.reduce(values[start : start + _BLOCK])) for start in range(0, len(values), _BLOCK))
