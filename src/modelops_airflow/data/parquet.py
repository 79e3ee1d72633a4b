"""Parquet files of one schema, read part by part; texts stay coded as the files have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .columns import PART

if TYPE_CHECKING:
    import pyarrow as pa

_BUFFER = 1 << 20
"""Bytes that are read ahead of a column: a file may be one row group, larger than memory."""


class Parquet:
    """Files whose footers were read once; a file is open only while its rows are read, so there may be many.

    Attributes:
        schema: types as parts have them.
        alike: whether all files have the same columns; without that there are no parts.
        rows: of all files together.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._paths, self._footers, schemas = list(paths), [], []
        for path in paths:
            with pq.ParquetFile(path) as file:
                self._footers.append(file.metadata)
                schemas.append(file.schema_arrow)
        self._texts = [field.name for field in schemas[0] if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
        self.alike = all(one.equals(schemas[0]) for one in schemas) and len(set(schemas[0].names)) == len(schemas[0].names)
        self.rows = sum(one.num_rows for one in self._footers)
        with pq.ParquetFile(paths[0], read_dictionary=self._texts) as file:
            self.schema: pa.Schema = file.schema_arrow

    def parts(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """The named columns of all files in their order, some rows at a time."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for path, footer in zip(self._paths, self._footers, strict=True):
            with pq.ParquetFile(path, metadata=footer, read_dictionary=self._texts, buffer_size=_BUFFER) as file:
                # One thread: waking others for so little costs more than it saves.
                for batch in file.iter_batches(PART, columns=list(names), use_threads=False):
                    yield pa.Table.from_batches([batch]).select(list(names))
