"""Rows as bytes for a program, and its bytes as a table: CSV with a header line, JSON lines, or an Arrow IPC stream.

What comes back is a stranger's. Nothing here decides whether its answers are right; it only gives a table of plain
columns, or says why the bytes are none.
"""

from __future__ import annotations

import io
import json
import math
from typing import IO, TYPE_CHECKING, Any, cast

from ...errors import ArtifactError
from .arrow_stream import compressed

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 1 << 16
"""Rows that are written at a time."""


def plain(rows: pa.Table) -> pa.Table:
    """The rows with labels spelt out, as every format can write them.

    Raises:
        ArtifactError: a column holds lists or other things within things.
    """
    import pyarrow as pa

    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            rows = rows.set_column(place, field.name, rows[field.name].cast(field.type.value_type))
        elif pa.types.is_nested(field.type):
            raise ArtifactError(f"column {field.name!r} is {field.type}; a program gets plain columns, leave it out with the option columns")
    return rows


def write_rows(rows: pa.Table, how: str, sink: IO[bytes]) -> None:
    """Write plain rows, a part at a time."""
    import pyarrow as pa

    if how == "csv":
        from pyarrow import csv

        csv.write_csv(rows, sink, csv.WriteOptions(batch_size=_ROWS))
    elif how == "arrow":
        with pa.ipc.new_stream(pa.PythonFile(cast("io.IOBase", sink), "w"), rows.schema) as writer:
            writer.write_table(rows, max_chunksize=_ROWS)
    else:
        for batch in rows.to_batches(max_chunksize=_ROWS):
            sink.write("".join(json.dumps(one, default=str, allow_nan=False) + "\n" for one in _without_nan(batch)).encode())


def read_answers(told: bytes, how: str, who: str) -> pa.Table:
    """The table that the bytes spell.

    Raises:
        ArtifactError: they spell none.
    """
    import pyarrow as pa

    try:
        if how == "csv":
            return _from_csv(told)
        return _from_arrow(told) if how == "arrow" else _from_lines(told)
    except (pa.ArrowException, ValueError, TypeError, RecursionError, OSError, OverflowError) as error:
        words = (str(error) or type(error).__name__).splitlines()[0]
        raise ArtifactError(f"{who} answered something else than {how}: {words[:200]}") from None


def _from_csv(told: bytes) -> pa.Table:
    from pyarrow import csv

    if not told:
        raise ValueError("nothing at all; expected a header line with prediction")
    return csv.read_csv(io.BytesIO(told), csv.ReadOptions(use_threads=False), csv.ParseOptions(newlines_in_values=True),
                        csv.ConvertOptions(strings_can_be_null=False))


def _from_lines(told: bytes) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, list[Any]] = {}
    for number, line in enumerate(told.decode("utf-8").splitlines(), start=1):
        one = json.loads(line)
        if not isinstance(one, dict) or (number > 1 and one.keys() != columns.keys()):
            raise ValueError(f"line {number} is no object with the same names as the first")
        for name, value in one.items():
            if isinstance(value, list | dict):
                raise ValueError(f"line {number} has more than one value in {name[:40]!r}")
            columns.setdefault(name, []).append(value)
    return pa.table(columns)


def _from_arrow(told: bytes) -> pa.Table:
    import pyarrow as pa

    messages = pa.ipc.MessageReader.open_stream(_source(told))
    for message in messages:
        if message.type not in ("schema", "record batch") or compressed(message.metadata.to_pybytes()):
            raise ValueError(f"a message of the stream is a {message.type} or compressed; expected plain record batches")
    table = pa.ipc.open_stream(_source(told)).read_all()
    table.validate(full=True)
    if any(pa.types.is_nested(field.type) for field in table.schema):
        raise ValueError("a column of the stream holds lists or other things within things")
    return table


def _source(told: bytes) -> pa.BufferReader:
    import pyarrow as pa

    return pa.BufferReader(told)


def _without_nan(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """JSON has no NaN; a number that is none is missing."""
    return [{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in one.items()} for one in batch.to_pylist()]
