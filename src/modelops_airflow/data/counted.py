"""Counting rows by label, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .profile import CATEGORICAL, Column
from .values import MANY_VALUES, UNKNOWN, named, sort_key

if TYPE_CHECKING:
    import pyarrow as pa


class Counted:
    """Rows by label, as long as there are few; of more than `MANY_VALUES` different ones only the missing are counted."""

    def __init__(self) -> None:
        self._n = self._nulls = 0
        self._counts: dict[str, int] | None = {}

    def add(self, column: pa.ChunkedArray[Any]) -> None:
        """Count the rows of a part.

        Raises:
            DataError: the values are no categories.
        """
        import numpy as np

        self._n += len(column)
        if self._counts is None:
            self._nulls += _missing(column)
            return
        names, codes = named(column)
        for name, count in zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
            if count:
                self._counts[name] = self._counts.get(name, 0) + count
        self._nulls += self._counts.pop(UNKNOWN, 0)
        if len(self._counts) > MANY_VALUES:
            self._counts = None

    def column(self) -> Column:
        """The column as it was counted."""
        if self._counts is None:
            return Column(CATEGORICAL, self._n, self._nulls, distinct=None)
        values = dict(sorted(self._counts.items(), key=lambda item: sort_key(item[0])))
        return Column(CATEGORICAL, self._n, self._nulls, distinct=len(values), values=values)


def _missing(column: pa.ChunkedArray[Any]) -> int:
    import pyarrow as pa

    chunks: list[Any] = column.chunks
    if pa.types.is_dictionary(column.type):  # whose own nulls do not count as the column's
        chunks = [chunk.dictionary_decode() for chunk in chunks]
    return sum(int(chunk.null_count) for chunk in chunks)
