"""Whole tables from files, for what cannot be read part by part."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .room import needs

if TYPE_CHECKING:
    import pyarrow as pa

Named = tuple["pa.Table", tuple[str, ...]]
"""A table, and the names of all columns that the files have."""

_WIDTH = 8
_BLOCK = 1 << 20
"""Bytes that one of Arrow's threads reads at a time; for a smaller file others would only wait, which is not free."""
_INSTEAD = "Parquet files of one schema that hold the predictions are read part by part; or take a sample of the rows"


def parquet_table(name: str, files: Sequence[Path], wanted: Collection[str] | None, threads: int) -> Named:
    """The wanted columns of Parquet files (None: all); a column that the first file has not is left out.

    Raises:
        DataError: they do not fit into memory.
    """
    import pyarrow.dataset as ds

    source: Any = ds.dataset([str(path) for path in files], format="parquet")
    names = tuple(source.schema.names)
    kept = [one for one in names if wanted is None or one in wanted]
    needs(_WIDTH * int(source.count_rows()) * len(kept), f"holding {len(kept)} columns of data set {name} at once", _INSTEAD)
    table: pa.Table = source.to_table(columns=kept, use_threads=threads > 1)
    return table, names


def csv_table(name: str, files: Sequence[Path], wanted: Collection[str] | None, threads: int) -> Named:
    """The wanted columns of CSV files (None: all); names and types are those of the first file.

    Raises:
        DataError: they do not fit into memory.
    """
    import pyarrow as pa
    from pyarrow import csv

    sizes = [path.stat().st_size for path in files]
    needs(sum(sizes), f"holding data set {name} at once", _INSTEAD)
    reading, options = csv.ReadOptions(use_threads=threads > 1 and max(sizes) > _BLOCK), csv.ConvertOptions()
    names: tuple[str, ...] = ()
    if wanted is not None:
        with csv.open_csv(files[0], reading) as first:
            names = tuple(first.schema.names)
        options.include_columns = [one for one in names if one in wanted] or list(names[:1])  # none would be all
    tables = [csv.read_csv(files[0], reading, convert_options=options)]
    names = names or tuple(tables[0].column_names)
    kept = [one for one in names if wanted is None or one in wanted]
    options.include_columns = options.include_columns or list(names)
    options.column_types, options.include_missing_columns = tables[0].schema, True
    tables += [csv.read_csv(path, reading, convert_options=options) for path in files[1:]]
    return pa.concat_tables(tables).select(kept), names
