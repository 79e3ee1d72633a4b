"""The columns of files, without reading a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError


def column_names(files: Sequence[Path]) -> tuple[str, ...]:
    """The columns of the first of some files, Parquet or CSV.

    Raises:
        DataError: it cannot be read.
    """
    import pyarrow as pa

    path = files[0]
    try:
        if path.suffix.lower() == ".csv":
            from pyarrow import csv

            with csv.open_csv(path) as first:
                return tuple(first.schema.names)
        from pyarrow import parquet

        return tuple(parquet.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from None
