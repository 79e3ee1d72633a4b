"""The columns of one side: in memory, or read from the files part by part whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

PART = 131_072
"""Rows at a time; what a scan holds of a part does not grow with the data."""


class Elsewhere:
    """Rows that are not here: whatever is asked about them is asked where they are."""


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

    @property
    def schema(self) -> pa.Schema:
        """Types of the columns as a part has them."""
        ...

    def __getitem__(self, key: Any, /) -> pa.ChunkedArray[Any]:
        """A whole column by name."""
        ...


class Lazy:
    """Columns that stay in their files; every pass over some of them reads these anew.

    Args:
        schema: types as parts have them.
        rows: of all parts together.
        read: gives the named columns part by part, in the order of rows.
    """

    def __init__(self, name: str, schema: pa.Schema, rows: int, read: Callable[[Sequence[str]], Iterable[pa.Table]]) -> None:
        self.schema, self.num_rows = schema, rows
        self.column_names = list(schema.names)
        self._name, self._read = name, read

    def parts(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """The named columns, some rows at a time.

        Raises:
            DataError: they cannot be read, or have another number of rows than when the files were opened.
        """
        came = 0
        for part in self._read(names):
            came += part.num_rows
            yield part
        if came != self.num_rows:
            raise DataError(f"data set {self._name} changed while it was read: {self.num_rows} rows, then {came} of {', '.join(names)}")

    def __getitem__(self, key: str, /) -> pa.ChunkedArray[Any]:
        """A whole column, read now.

        Raises:
            DataError: as of `parts`.
        """
        import pyarrow as pa

        chunks = [chunk for part in self.parts([key]) for chunk in part[key].chunks]
        return pa.chunked_array(chunks, self.schema.field(key).type)


def parts(table: Columns, names: Sequence[str]) -> Iterator[pa.Table]:
    """The named columns of a table, some rows at a time, in order."""
    if isinstance(table, Lazy):
        yield from table.parts(names)
        return
    import pyarrow as pa

    chosen = pa.table({name: table[name] for name in names})
    for start in range(0, table.num_rows, PART):
        yield chosen.slice(start, PART)


def chunks(table: Columns, name: str) -> Iterator[pa.Array[Any]]:
    """One column, some rows at a time."""
    for part in parts(table, [name]):
        yield from part[name].chunks
