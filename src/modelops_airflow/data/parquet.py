"""Parquet files of one schema, read one column at a time; texts stay coded as the files have them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class Parquet:
    """Files opened once, so that a file that is replaced meanwhile is still the one that was opened.

    Attributes:
        names: of the columns.
        rows: of all files together.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        schemas = [pq.read_schema(path) for path in paths]
        texts = [field.name for field in schemas[0] if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
        self.names = list(schemas[0].names)
        self.alike = all(one.equals(schemas[0]) for one in schemas) and len(set(self.names)) == len(self.names)
        self._files = [pq.ParquetFile(path, read_dictionary=texts) for path in paths] if self.alike else []
        self.rows = sum(one.metadata.num_rows for one in self._files)

    def read(self, name: str) -> pa.ChunkedArray[Any]:
        """A column of all files, in their order."""
        import pyarrow as pa

        # One thread: waking others for one column costs more than it saves.
        parts: list[Any] = [one.read(columns=[name], use_threads=False).column(name) for one in self._files]
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
