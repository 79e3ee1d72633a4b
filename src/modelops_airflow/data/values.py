"""Values of an Arrow column as NumPy arrays and as labels."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .profile import CATEGORICAL, NUMERIC, OTHER, TIME

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

UNKNOWN = "(unknown)"
"""Label of a missing category: counted, never imputed."""

FEW_VALUES, MANY_VALUES = 20, 1000
"""So many different numbers are also counted one by one, as categories are; of categories at most so many are listed."""

_SMALL = 5000
"""Rows."""

BLOCK_OF_SUMS = 65_536
"""Numbers that are added at a time; sums of floats depend on it, so it never changes."""


class NoNumbers(DataError):
    """The values of a column are no numbers."""


def kind_of(column: pa.ChunkedArray[Any] | pa.Field[Any]) -> str:
    """numeric, categorical, time, or other (lists), by Arrow type."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return NUMERIC
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return OTHER
    return TIME if pa.types.is_temporal(kind) else CATEGORICAL


def numbers(column: pa.ChunkedArray[Any] | pa.Array[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Float64 values, NaN where missing; whole numbers beyond 2**53 are rounded.

    Raises:
        NoNumbers: the values are no numbers.
    """
    import numpy as np
    import pyarrow as pa

    exact: Any = column.cast(pa.string()) if pa.types.is_decimal(column.type) else column  # Arrow's own cast is a bit off: 9288.13 becomes 9288.130000000001
    try:
        cast: Any = exact if _plain(exact.type) else exact.cast(pa.float64(), safe=False)
    except pa.ArrowException:
        raise NoNumbers(f"values of type {column.type} are no numbers") from None
    kind = np.dtype(cast.type.to_pandas_dtype())
    arrays = [_array(chunk, kind, np.nan) for chunk in (cast.chunks if isinstance(cast, pa.ChunkedArray) else [cast])]
    return np.asarray(arrays[0] if len(arrays) == 1 else np.concatenate([np.array([]), *arrays]), dtype=np.float64)


def _plain(kind: pa.DataType) -> bool:
    """Whether NumPy reads these numbers from memory as they are."""
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind)


def _array(values: pa.Array[Any], kind: Any, missing: float) -> np.ndarray[Any, Any]:
    """The values of an Arrow array of this kind; Arrow's own way imports pandas, which costs more than a small check."""
    import numpy as np

    start, size = values.offset, len(values)
    buffers: Any = values.buffers()
    known, data = buffers
    if data is None:
        return np.full(size, missing)
    found: np.ndarray[Any, Any] = np.frombuffer(data, dtype=kind, count=start + size)[start:]
    if known is None or not values.null_count:
        return found
    bits = np.unpackbits(np.frombuffer(known, dtype=np.uint8), count=start + size, bitorder="little")[start:]
    return np.where(bits, found, missing)


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

    names, codes = named(column)
    order = sorted(set(names), key=sort_key)
    if names == order:
        return names, codes
    index = {name: number for number, name in enumerate(order)}
    return order, np.array([index[name] for name in names], dtype=np.int32)[codes]


def named(column: pa.ChunkedArray[Any]) -> tuple[list[str], np.ndarray[Any, np.dtype[np.int32]]]:
    """Labels in any order, perhaps one of them twice, and each row's index into them."""
    values, codes = _close(column) or (_listed(column) if len(column) <= _SMALL else _encoded(column))
    names = [label(value) for value in values]
    if len(codes) and codes.max() == len(names):
        names.append(UNKNOWN)
    return names, codes


def _close(column: pa.ChunkedArray[Any]) -> tuple[list[Any], np.ndarray[Any, Any]] | None:
    """As `_encoded`, of whole numbers that lie close together and are their own codes; None of others."""
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_integer(column.type) or column.null_count or not len(column):
        return None
    kind = np.dtype(column.type.to_pandas_dtype())
    found = np.concatenate([_array(chunk, kind, 0) for chunk in column.chunks])
    low, high = int(found.min()), int(found.max())
    if high - low >= MANY_VALUES:
        return None
    found -= kind.type(low)  # of bytes this may go round, and is right without a sign
    codes = found.view(f"u{kind.itemsize}").astype(np.int32)
    there = np.flatnonzero(np.bincount(codes)).tolist()
    if len(there) <= high - low:
        place = np.zeros(high - low + 1, dtype=np.int32)
        place[there] = np.arange(len(there))
        codes = place[codes]
    return [low + one for one in there], codes


def _encoded(column: pa.ChunkedArray[Any]) -> tuple[list[Any], np.ndarray[Any, Any]]:
    """Different values, and each row's index into them; one behind the last where it is missing."""
    import numpy as np
    import pyarrow as pa

    encoded: Any = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(encoded.type):
        try:
            encoded = encoded.dictionary_encode(null_encoding="encode")
        except pa.ArrowException:
            raise DataError(f"values of type {column.type} are no categories") from None
    values = encoded.dictionary.to_pylist()
    return values, np.asarray(_array(encoded.indices.cast(pa.int32()), np.int32, len(values)), dtype=np.int32)


def _listed(column: pa.ChunkedArray[Any]) -> tuple[list[Any], np.ndarray[Any, Any]]:
    """As `_encoded`, of few rows: Arrow's own way imports all its functions, which costs more than a small check."""
    import numpy as np

    places: dict[Any, int] = {}
    try:
        codes = [places.setdefault(value, len(places)) for value in column.to_pylist()]
    except TypeError:
        raise DataError(f"values of type {column.type} are no categories") from None
    return list(places), np.array(codes, dtype=np.int32)


class Coded:
    """The labels of some columns of a part, each coded once however many ask."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._coded: dict[str, tuple[list[str], np.ndarray[Any, np.dtype[np.int32]]]] = {}

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
    return math.fsum(block_sum(values[start : start + BLOCK_OF_SUMS]) for start in range(0, len(values), BLOCK_OF_SUMS))


def block_sum(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Sum of one block."""
    import numpy as np

    return float(np.add.reduce(values))
