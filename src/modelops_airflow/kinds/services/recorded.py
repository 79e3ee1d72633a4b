"""Recorded: a vendor that gives no model, only a file of its answers to rows that it was given."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from ..formats import format_of
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .plain_values import answers

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST = 2 << 30
"""Bytes of a Parquet file's columns together, unpacked."""


@kind("recorded", suffixes=(".parquet", ".csv"))
class Recorded(Kind):
    """A file of a vendor's answers, Parquet or CSV, found by key columns: a model that can be judged and not be asked."""

    accepts = ("Parquet", "text")

    def findings(self, data: bytes) -> Findings:
        """Whether it is a table with rows and with names that are all different."""
        try:
            rows, names = _shape(data)
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        if len(names) < 2:
            return Findings(False, findings=("the file has one column; expected a key and a prediction at least",))
        found = [f"column {name!r} is there twice" for name in sorted({one for one in names if names.count(one) > 1})]
        return Findings(True, findings=tuple(found + ([] if rows else ["the file has no rows"])))

    def described(self, data: bytes) -> Mapping[str, str]:
        """How many answers there are, and the names of the columns."""
        rows, names = _shape(data)
        return {"answers": str(rows), "columns": ", ".join(names)}

    def load(self, artifact: VerifiedArtifact, *, key: Sequence[str], prediction: str = "prediction", score: str = "") -> Scorer:
        """The answers by their keys.

        Args:
            key: columns that say which row an answer is of, in the file and in the data; name them under data.columns.key.
                Whole numbers, texts and dates are compared as text.
            prediction: column of the predictions.
            score: column of the scores, the probability of the label that sorts last; empty for none.
        """
        if not key or len(set(key)) < len(key):
            raise ArtifactError("key of kind recorded names no column, or one twice; expected those that say which row an answer is of")
        wanted = [*key, prediction, *([score] if score else [])]
        if len(set(wanted)) < len(wanted):
            raise ArtifactError("key, prediction and score of kind recorded name one column twice")
        table = _table(artifact.bytes, wanted, key)
        try:
            told = answers(table[prediction].to_pylist(), table[score].to_pylist() if score else None)
            keys = _keys(table, key)
        except ArtifactError as error:
            raise ArtifactError(f"the file of answers: {error}") from None
        return _RecordedScorer(tuple(key), dict(zip(keys, range(len(keys)), strict=True)), told)


class _RecordedScorer(Scorer):
    def __init__(self, key: Sequence[str], places: Mapping[tuple[str, ...], int], told: pa.Table) -> None:
        self._key, self._places, self._told = key, places, told

    def score(self, rows: pa.Table) -> pa.Table:
        """The recorded answer of each row."""
        import pyarrow as pa

        if missing := [name for name in self._key if name not in rows.column_names]:
            raise ArtifactError(f"the data shows no column {missing[0]!r}, which says which answer is of which row; name it under data.columns.key")
        try:
            asked = _keys(rows, self._key)
        except ArtifactError as error:
            raise ArtifactError(f"the data: {error}") from None
        lacking = [row for row, one in enumerate(asked) if one not in self._places]
        if lacking:
            raise ArtifactError(f"row {lacking[0]} of the data has no recorded answer ({len(lacking)} of {len(asked)} have none); "
                                "ask the vendor for answers to all rows")
        return self._told.take(pa.array([self._places[one] for one in asked], pa.int64()))

    def fixed(self) -> str:
        """It has answers to the rows of its file alone."""
        return "its answers are recorded in a file, and nobody can be asked about other rows"


def _shape(data: bytes) -> tuple[int, list[str]]:
    """Rows and names of the columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if format_of(data) != "Parquet":
        table = _csv(data, ())
        return table.num_rows, table.column_names
    try:
        told = pq.read_metadata(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise ArtifactError(f"this is no Parquet file: {str(error).splitlines()[0][:200]}") from None
    groups = [told.row_group(place) for place in range(told.num_row_groups)]
    if sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns)) > LARGEST or told.num_rows > LARGEST // 16:
        raise ArtifactError(f"the file unpacks to more than {LARGEST >> 30} GiB")
    return told.num_rows, list(told.schema.to_arrow_schema().names)


def _table(data: bytes, wanted: Sequence[str], key: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    _, names = _shape(data)
    if missing := [name for name in wanted if name not in names]:
        raise ArtifactError(f"the file of answers has no column {missing[0]!r}; columns: {', '.join(names)[:300]}")
    if format_of(data) != "Parquet":
        return _csv(data, key).select(wanted)
    try:
        return pq.read_table(io.BytesIO(data), columns=list(wanted), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ArtifactError(f"the file of answers cannot be read: {str(error).splitlines()[0][:200]}") from None


def _csv(data: bytes, key: Sequence[str]) -> pa.Table:
    """The table of a CSV file; keys stay the texts that they are, `007` among them."""
    import pyarrow as pa
    from pyarrow import csv

    told = csv.ConvertOptions(column_types=dict.fromkeys(key, pa.string()))
    try:
        return csv.read_csv(io.BytesIO(data), read_options=csv.ReadOptions(use_threads=False), convert_options=told)
    except (pa.ArrowException, OSError) as error:
        raise ArtifactError(f"this is no CSV file: {type(error).__name__}; expected a line of names, and values between commas") from None


def _keys(table: pa.Table, key: Sequence[str]) -> list[tuple[str, ...]]:
    """The key of each row, as texts.

    Raises:
        ArtifactError: a row has none, one that cannot be compared, or one that a row before it has.
    """
    found = list(zip(*(_texts(table[name], name) for name in key), strict=True))
    if len(set(found)) < len(found):
        seen: set[tuple[str, ...]] = set()
        for row, one in enumerate(found):
            if one in seen:
                raise ArtifactError(f"row {row} has a key that a row before it has; expected each once")
            seen.add(one)
    return found


def _texts(column: pa.ChunkedArray[Any], name: str) -> list[str]:
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_date(kind)):
        raise ArtifactError(f"key column {name!r} is {kind}; expected whole numbers, texts or dates")
    texts = ["" if one is None else str(one) for one in column.to_pylist()]
    if "" in texts:
        raise ArtifactError(f"row {texts.index('')} has no key in {name!r}")
    return texts
