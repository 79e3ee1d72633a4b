"""A file of labels: rows of a key and a truth, each key once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .dataset import Dataset


@dataclass(frozen=True)
class Found:
    """The labels.

    Attributes:
        keys: each once, none missing; values: the truth of each, missing where the file has none.
    """

    keys: pa.Array[Any]
    values: pa.Array[Any]

    @property
    def known(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which keys have a truth."""
        import numpy as np

        there: Any = self.values.is_valid()
        return np.asarray(there)


def read_labels(source: Dataset, key: str, target: str) -> Found:
    """The labels of files.

    Raises:
        DataError: a column is not there, a key is missing or there twice, or the values are no keys or no labels.
    """
    table, names = source.read_columns({key, target})
    for name, what in ((key, "the key"), (target, "the truth, data.columns.target")):
        if name not in names:
            raise DataError(f"labels {source.name} have no column {name!r} ({what}); columns: {', '.join(names)}")
    keys = keys_of(table[key], key, f"the labels {source.name}")
    if keys.null_count:
        raise DataError(f"labels {source.name} have {keys.null_count} rows without {key}; expected a key in every row")
    if more := len(keys) - len(keys.unique()):
        raise DataError(f"labels {source.name} have {more} rows too many: keys ({key}) that are there more than once; expected each key once")
    return Found(_whole(keys), _truths(table[target], target, source.name))


def keys_of(column: pa.ChunkedArray[Any], name: str, what: str) -> pa.ChunkedArray[Any]:
    """Keys in the one form that they are compared in: 64-bit whole numbers, or texts.

    Raises:
        DataError: they are neither.
    """
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not text and not pa.types.is_integer(kind):
        raise DataError(f"{name} of {what} holds {kind}; expected whole numbers or texts as keys")
    try:
        found: pa.ChunkedArray[Any] = column.cast(kind).cast(pa.large_string() if text else pa.int64())
    except pa.ArrowException as error:
        raise DataError(f"{name} of {what} cannot be used as a key: {str(error).splitlines()[0]}") from None
    return found


def _truths(column: pa.ChunkedArray[Any], name: str, file: str) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not number and not pa.types.is_boolean(kind) and not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        raise DataError(f"{name} of the labels {file} holds {kind}; expected numbers, texts or true and false")
    if pa.types.is_float16(kind):  # which Arrow does not compute with
        return _truths(column.cast(pa.float32()), name, file)
    values = _whole(column.cast(kind))
    if pa.types.is_floating(kind):
        finite: Any = pc.is_finite(values)
        values = pc.if_else(finite, values, pa.scalar(None, kind))
    return values


def _whole(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    import pyarrow as pa

    found: Any = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
