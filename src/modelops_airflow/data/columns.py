"""The columns of one side: in memory, or read one at a time from the files when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


class Columns(Protocol):
    """What a scan needs of a table; `pyarrow.Table` is one."""

    @property
    def column_names(self) -> list[str]:
        """Names, in order."""
        ...

    @property
    def num_rows(self) -> int:
        """Rows, the same for all columns."""
        ...

    def __getitem__(self, key: Any, /) -> pa.ChunkedArray[Any]:
        """A column by name."""
        ...


class Lazy:
    """Columns that stay in their files until they are asked for.

    Args:
        keep: columns that will be asked for again, and are read once.
    """

    def __init__(
        self, name: str, names: Sequence[str], rows: int, read: Callable[[str], pa.ChunkedArray[Any]], keep: Collection[str]
    ) -> None:
        self.column_names, self.num_rows = list(names), rows
        self._name, self._read, self._keep = name, read, frozenset(keep)
        self._kept: dict[str, pa.ChunkedArray[Any]] = {}

    def __getitem__(self, key: str, /) -> pa.ChunkedArray[Any]:
        """The column, read now.

        Raises:
            DataError: it cannot be read, or has another number of rows than when the files were opened.
        """
        if key in self._kept:
            return self._kept[key]
        column = self._read(key)
        if len(column) != self.num_rows:
            raise DataError(f"data set {self._name} changed while it was read: {self.num_rows} rows, then {len(column)} of {key!r}")
        if key in self._keep:
            self._kept[key] = column
        return column
